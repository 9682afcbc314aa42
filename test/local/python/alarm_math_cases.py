"""Answers templates of alarms, JSON on stdin and stdout: `alarm_math_cases.py FOLDER`."""

import json
import sys
from types import ModuleType

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import alarm_math  # noqa: E402


def record(name, props):
    """As MiniStack's own, whose answer has more."""
    if props.get("Metrics"):
        raise ValueError("Metrics (metric math) is not supported")
    return {"AlarmName": name, **{key: value for key, value in props.items() if value is not None}}


provisioners = ModuleType("provisioners")
provisioners._cw_metric_alarm_record = record
package = ModuleType("ministack.services.cloudformation")
package.provisioners = provisioners
sys.modules.update({"ministack": package, "ministack.services": package, package.__name__: package})
alarm_math.supply()


def answer(props):
    try:
        return provisioners._cw_metric_alarm_record("a", props)
    except ValueError as refused:
        return {"refused": str(refused)}


json.dump([answer(props) for props in json.load(sys.stdin)], sys.stdout)
