"""Tells MiniStack's policy evaluation which alarms a request deletes.

It has no resource for DeleteAlarms, so that only a policy for `*` would allow it. AWS evaluates each
alarm that the request names; what all of the names begin with stands for them here.
Source: AWS's Service Authorization Reference, actions of Amazon CloudWatch.
"""

from os.path import commonprefix

from condition_keys import parse
from ministack.core import iam_actions, responses


def supply():
    extract_resource_arn = iam_actions.extract_resource_arn

    def extract_resource_arn_of_alarms(service, method, path, headers, body, *more):
        if service == "monitoring" and headers.get("x-amz-target", "").endswith(".DeleteAlarms"):
            names = [name for name in parse(body).get("AlarmNames") or [] if isinstance(name, str)]
            if names:
                place = f"{responses.get_region()}:{responses.get_account_id()}"
                return f"arn:aws:cloudwatch:{place}:alarm:{commonprefix(names)}"
        return extract_resource_arn(service, method, path, headers, body, *more)

    iam_actions.extract_resource_arn = extract_resource_arn_of_alarms
