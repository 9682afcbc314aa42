"""Answers what executions count as, JSON on stdin and stdout: `execution_cases.py FOLDER`."""

import json
import sys
from types import SimpleNamespace

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import function_metrics  # noqa: E402


def answer(case):
    """Executions as `{at, ms, by, arn, error, throttle, raises, refused}`; answers the points of each metric,
    and whether nothing was written or evicted beside another."""
    metrics = {}
    alone = set()

    def bucket(key):
        alone.add(function_metrics.writing.locked())
        return metrics.setdefault(key, [])

    cloudwatch = SimpleNamespace(
        _dims_key=lambda dimensions: "|".join(f"{k}={v}" for k, v in sorted(dimensions.items())),
        _metric_bucket=bucket,
        _evict_old_metrics=lambda: alone.add(function_metrics.writing.locked()),
    )
    service = MiniStack(cloudwatch)
    function_metrics.count(cloudwatch, service)
    for execution in case:
        function_metrics.time = SimpleNamespace(time=lambda: execution["at"] + execution.get("ms", 0) / 1000)
        service.run(execution)
    cloudwatch._evict_old_metrics()
    points = {
        f"{name} {dimensions}": [[each["Timestamp"], each["Value"], each["Count"]] for each in points]
        for (_, name, dimensions), points in metrics.items()
    }
    return {"points": points, "alone": alone == {True}}


class MiniStack:
    """As far as it matters here: which of its functions calls which, and what it counts by itself."""

    def __init__(self, cloudwatch):
        self.cloudwatch = cloudwatch
        self._inflight = {}

    def run(self, execution):
        arn = f"arn:aws:lambda:us-east-1:000000000000:function:{execution.get('arn', 'infer')}"
        config = {"FunctionName": "infer", "FunctionArn": arn}
        slot, _ = self._acquire_execution_slot(execution, config)
        if slot is None:
            self._emit_lambda_metrics("infer", duration_ms=0.0, error=False, throttle=True)
            return
        try:
            result = self._execute_function_dispatch(execution, config, {}, "id", execution["at"])
        except OSError:
            return
        if execution.get("by") == "Invoke":
            self._emit_lambda_metrics("infer", duration_ms=1.0, error=bool(result.get("error")), throttle=False)

    def _acquire_execution_slot(self, execution, _config):
        if execution.get("refused"):
            return None, "function"
        self._inflight["slot"] = execution.get("inflight", 1)
        return "slot", None

    def _execute_function_dispatch(self, execution, *_):
        if execution.get("raises"):
            raise OSError("no worker")
        return {key: execution[key] for key in ("error", "throttle") if key in execution}

    def _emit_lambda_metrics(self, name, **_):
        self.cloudwatch._metric_bucket(("AWS/Lambda", "Invocations", f"FunctionName={name}")).append(
            {"Timestamp": 0, "Value": 1, "Count": 1}
        )


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
