"""Answers cases of metric searches, JSON on stdin and stdout: `metric_cases.py FOLDER`."""

import json
import sys
from types import SimpleNamespace

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import metric_search  # noqa: E402


def answer(case):
    """Points of metrics as `{dimensions, at, value}`, of metric `name` in namespace Assay."""
    metrics = {}
    for point in case["points"]:
        key = ("Assay", point["name"], json.dumps(point["dimensions"], sort_keys=True))
        stored = {"Timestamp": point["at"], "Value": point["value"], "Dimensions": point["dimensions"]}
        metrics.setdefault(key, []).append(stored)
    cloudwatch = SimpleNamespace(
        _metrics=metrics,
        _parse_ts=float,
        _calc_stats=lambda points: {
            "Maximum": max(each["Value"] for each in points),
            "Minimum": min(each["Value"] for each in points),
        },
        _stat_value=lambda stats, name, points: stats[name],
    )
    query = {"Id": "q", **case["query"]}
    return metric_search.found(cloudwatch, query, {"StartTime": 0, "EndTime": 7200})


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
