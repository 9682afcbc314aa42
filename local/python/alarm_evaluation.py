"""Evaluates alarms as CloudWatch documents it, where MiniStack takes all metrics of a name together.

Without it a point of one model's metric decides on the alarms of every model, one point is enough
for an alarm that asks for several, and an alarm on silence never goes off. Nor could a message's
dimensions be read as CloudWatch's own are.
Source: CloudWatch User Guide, "Evaluating an alarm", "Configuring how CloudWatch alarms treat missing
data" and "Avoiding premature transitions to alarm state".
"""

import threading
import time

# CloudWatch looks further back than the periods that it evaluates; its example, 5 for 3, is all that
# its documentation says of how far.
FURTHER_BACK = 2

TICK_SECONDS = 5

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}

# Requests and the clock both evaluate; a state changes, and tells, once.
deciding = threading.RLock()


def supply():
    from ministack.services import cloudwatch

    dispatch = cloudwatch._dispatch_alarm_actions
    cloudwatch._dispatch_alarm_actions = lambda alarm, *more: dispatch(as_told(alarm), *more)
    cloudwatch._evaluate_alarm = lambda alarm: evaluate(cloudwatch, alarm)
    threading.Thread(target=tick_for_ever, args=[cloudwatch], daemon=True).start()


def as_told(alarm):
    """Messages write dimensions with small letters, where the API has capitals."""
    dimensions = [
        {"name": each["Name"], "value": each["Value"]} for each in alarm.get("Dimensions") or []
    ]
    return {**alarm, "Dimensions": dimensions}


def tick_for_ever(cloudwatch):
    while True:
        time.sleep(TICK_SECONDS)
        try:
            tick(cloudwatch)
        except Exception:
            cloudwatch.logger.exception("alarms could not be evaluated")


def tick(cloudwatch):
    """Of every account and region: what goes silent sends no request."""
    from ministack.core import responses

    scopes = {key[:2] for key in list(cloudwatch._alarms.to_dict())}
    for account, region in scopes:
        with responses.request_scope(account, region):
            cloudwatch._evaluate_all_alarms()


def evaluate(cloudwatch, alarm):
    comparison = COMPARISONS.get(alarm.get("ComparisonOperator"))
    if comparison is None or not alarm.get("Namespace") or not alarm.get("MetricName"):
        return
    with deciding:
        # Another thread may have deleted or replaced it meanwhile.
        if cloudwatch._alarms.get(alarm["AlarmName"]) is not alarm:
            return
        threshold = alarm.get("Threshold", 0)
        values = values_of(cloudwatch, alarm, time.time())
        points = [None if value is None else comparison(value, threshold) for value in values]
        state = decide(
            points,
            alarm["EvaluationPeriods"],
            alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
            alarm.get("TreatMissingData") or "missing",
        )
        if state is not None and state != alarm["StateValue"]:
            change(cloudwatch, alarm, state, reason(alarm, values))


def values_of(cloudwatch, alarm, now):
    """Of each period of the range, the newest first; None where there is none, and FILL names no value."""
    wanted = {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []}
    key = (alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(wanted))
    stored = list(cloudwatch._metrics.get(key) or [])
    if alarm.get("Unit"):
        stored = [point for point in stored if point.get("Unit") == alarm["Unit"]]
    period = alarm.get("Period", 60)
    periods = [[] for _ in range(alarm["EvaluationPeriods"] + FURTHER_BACK)]
    for point in stored:
        age = int(max(0, now - point["Timestamp"]) // period)
        if age < len(periods):
            periods[age].append(point)
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    values = [value_of(cloudwatch, points, statistic) for points in periods]
    return [alarm.get("FilledWith") if value is None else value for value in values]


def value_of(cloudwatch, points, statistic):
    stats = cloudwatch._calc_stats(points)
    return cloudwatch._stat_value(stats, statistic, points) if stats else None


def decide(points, periods, datapoints, missing):
    """The state to be in, or None to stay.

    `points` are whether each period of the range breaches, the newest first, None for missing ones;
    `datapoints` of `periods` have to breach.
    """
    real = [breaches for breaches in points if breaches is not None]
    breaching = sum(real[:periods])
    lacking = max(0, periods - len(real))
    if breaching >= datapoints:
        return "ALARM"
    if lacking == 0 or missing == "notBreaching":
        return "OK"
    if missing == "breaching":
        return "ALARM" if breaching + lacking >= datapoints else "OK"
    undecided = None if missing == "ignore" else "INSUFFICIENT_DATA"
    if not all(real):
        return "OK"
    if not real:
        return undecided
    # Breaching, as far as there is anything: what is old enough would long have had company.
    oldest = max(age for age, breaches in enumerate(points) if breaches is not None)
    if oldest + 1 >= datapoints:
        return None if missing == "ignore" else "ALARM"
    return undecided


def reason(alarm, values):
    shown = ", ".join("-" if value is None else f"{value:g}" for value in values)
    return (
        f"Threshold Crossed: [{shown}] (newest first) against {alarm['ComparisonOperator']} "
        f"{alarm.get('Threshold', 0):g}, missing data being {alarm.get('TreatMissingData') or 'missing'}"
    )


def change(cloudwatch, alarm, state, why):
    before = alarm["StateValue"]
    alarm["StateValue"] = state
    alarm["StateReason"] = why
    alarm["StateUpdatedTimestamp"] = int(time.time())
    cloudwatch._record_history(alarm["AlarmName"], before, state, why)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, why)
    cloudwatch._evaluate_parent_alarms(alarm)
