"""Answers cases of alarms, JSON on stdin and stdout: `alarm_cases.py FOLDER decide|evaluate`."""

import json
import sys
import time
from types import SimpleNamespace

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import alarm_evaluation  # noqa: E402

POINTS = {"X": True, "0": False, "-": None}


def decide(case):
    points = [POINTS[each] for each in reversed(case["points"].split())]
    return alarm_evaluation.decide(points, case["periods"], case["datapoints"], case["missing"])


def evaluate(case):
    """Points of metrics as `{dimensions, age, value}`; answers the state and what was told.

    `later` are the seconds from now at which it is evaluated; points of negative age come by then.
    """
    told = []
    now = time.time()
    metrics = {}
    alarm = {"AlarmName": "a", "Namespace": "Assay", "MetricName": "Severity", **case["alarm"]}
    cloudwatch = SimpleNamespace(
        _alarms={"a": alarm},
        _metrics=metrics,
        _dims_key=dims_key,
        _calc_stats=lambda points: (
            {
                "Maximum": max(p["Value"] for p in points),
                "Sum": sum(p["Value"] for p in points),
                "SampleCount": len(points),
            }
            if points
            else {}
        ),
        _stat_value=lambda stats, name, points: stats[name],
        _record_history=lambda *_: None,
        _dispatch_alarm_actions=lambda alarm, before, state, why: told.append(f"{before} -> {state}"),
        _evaluate_parent_alarms=lambda alarm: None,
    )
    for later in case.get("later", [0, 0]):
        metrics.clear()
        for point in case["points"]:
            if point["age"] + later >= 0:
                key = ("Assay", "Severity", dims_key(point["dimensions"]))
                stored = {"Timestamp": now - point["age"], "Value": point["value"], "Unit": "None"}
                metrics.setdefault(key, []).append(stored)
        alarm_evaluation.time = SimpleNamespace(time=lambda: now + later)
        alarm_evaluation.evaluate(cloudwatch, alarm)
    return {"state": alarm["StateValue"], "told": told}


def dims_key(dims):
    return "|".join(f"{k}={v}" for k, v in sorted(dims.items()))


answer = {"decide": decide, "evaluate": evaluate}[sys.argv[2]]
json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
