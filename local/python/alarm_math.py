"""Lets templates have alarms on metric math, where MiniStack's CloudFormation refuses all of them.

Of metric math only FILL(metric, number): the alarm is kept as one on that metric, with the number for
periods that have no point, which alarm_evaluation.py fills in.
Source: AWS CloudFormation Template Reference, "AWS::CloudWatch::Alarm MetricDataQuery"; CloudWatch User
Guide, "Using metric math".
"""

import re

FILL = re.compile(r"\s*FILL\(\s*(\w+)\s*,\s*(-?\d+(?:\.\d+)?)\s*\)\s*")


def supply():
    from ministack.services.cloudformation import provisioners

    record = provisioners._cw_metric_alarm_record

    def record_with_math(name, props):
        if not props.get("Metrics"):
            return record(name, props)
        metric, number = filled(props["Metrics"])
        return {**record(name, {**props, "Metrics": None, **metric}), "FilledWith": number}

    provisioners._cw_metric_alarm_record = record_with_math


def filled(queries):
    """The metric as an alarm's own properties name it, and what its missing points are."""
    formulas = [each for each in queries if each.get("Expression")]
    metrics = {each["Id"]: each["MetricStat"] for each in queries if each.get("MetricStat")}
    fill = FILL.fullmatch(formulas[0]["Expression"]) if len(formulas) == len(metrics) == 1 else None
    if fill is None or fill[1] not in metrics:
        raise ValueError(f"got {queries!r}, expected one FILL(metric, number) and its metric")
    of = metrics[fill[1]]
    statistic = "Statistic" if of["Stat"].isalpha() else "ExtendedStatistic"
    unit = {"Unit": of["Unit"]} if of.get("Unit") else {}
    return {**of["Metric"], "Period": of["Period"], statistic: of["Stat"], **unit}, float(fill[2])
