"""Counts every execution of a function once, whichever way it came, in place of what MiniStack counts.

MiniStack counts what comes by Lambda's own Invoke and by a load balancer, and nothing that comes from an
HTTP API, a function URL, a state machine, a queue, a stream, a rule, a schedule, a topic or a bucket. Of an
asynchronous Invoke it counts the request, neither its repetitions nor how it ended; a throttled one it
counts as two invocations, two throttles and an error.
Source: Lambda Developer Guide, "Types of metrics for Lambda functions" and "Viewing metrics for Lambda
functions"; that Resource is the function's name where nobody asked for a version or alias:
https://github.com/prometheus-community/yet-another-cloudwatch-exporter/issues/668
"""

import threading
import time

NAMESPACE = "AWS/Lambda"

# Lambda tells CloudWatch once a minute; equal values of a minute are one point, as every request to
# MiniStack's CloudWatch walks over all points.
MINUTE_SECONDS = 60

# Executions end in threads of their own, while requests to CloudWatch replace its lists.
writing = threading.Lock()


def supply():
    from ministack.services import cloudwatch, lambda_svc

    count(cloudwatch, lambda_svc)


def count(cloudwatch, lambda_svc):
    evict = cloudwatch._evict_old_metrics
    acquire = lambda_svc._acquire_execution_slot
    dispatch = lambda_svc._execute_function_dispatch

    def evict_between_counts():
        with writing:
            evict()

    def acquire_counted(func, config):
        slot, limit = acquire(func, config)
        at_once = {"ConcurrentExecutions": lambda_svc._inflight.get(slot, 1)}
        told = {"Throttles": 1} if slot is None else at_once
        record(cloudwatch, config, time.time(), told)
        return slot, limit

    def dispatch_counted(func, config, event, request_id, started):
        result = {"error": True}
        try:
            result = dispatch(func, config, event, request_id, started)
            return result
        finally:
            record(cloudwatch, config, started, ended(result, time.time() - started))

    cloudwatch._evict_old_metrics = evict_between_counts
    lambda_svc._acquire_execution_slot = acquire_counted
    lambda_svc._execute_function_dispatch = dispatch_counted
    lambda_svc._emit_lambda_metrics = lambda *_, **__: None


def ended(result, seconds):
    if result.get("throttle"):
        return {"Throttles": 1}
    failed = 1 if result.get("error") else 0
    return {"Invocations": 1, "Errors": failed, "Throttles": 0, "Duration": round(seconds * 1000)}


def record(cloudwatch, config, at, values):
    """Under the minute in which the function was invoked, as Lambda does."""
    name = config.get("FunctionName", "unknown")
    resource = config.get("FunctionArn", name).split(":function:")[-1]
    minute = at // MINUTE_SECONDS * MINUTE_SECONDS
    with writing:
        for dimensions in ({"FunctionName": name}, {"FunctionName": name, "Resource": resource}):
            for metric, value in values.items():
                key = (NAMESPACE, metric, cloudwatch._dims_key(dimensions))
                unit = "Milliseconds" if metric == "Duration" else "Count"
                point = {"Timestamp": minute, "Value": float(value), "Unit": unit, "Dimensions": dimensions}
                add(cloudwatch._metric_bucket(key), point)


def add(points, new):
    for point in reversed(points):
        if point["Timestamp"] < new["Timestamp"]:
            break
        if (point["Timestamp"], point["Value"]) == (new["Timestamp"], new["Value"]):
            point["Count"] += 1
            return
    points.append({**new, "Count": 1})
