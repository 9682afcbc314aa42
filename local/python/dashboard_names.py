"""Tells MiniStack's policy evaluation which dashboard a request reads.

It has no resource for GetDashboard, so that only a policy for `*` would allow it.
Source: AWS's Service Authorization Reference, actions of Amazon CloudWatch.
"""

from condition_keys import parse
from ministack.core import iam_actions, responses


def supply():
    extract_resource_arn = iam_actions.extract_resource_arn

    def extract_resource_arn_of_dashboards(service, method, path, headers, body, *more):
        if service == "monitoring" and headers.get("x-amz-target", "").endswith(".GetDashboard"):
            name = parse(body).get("DashboardName")
            if isinstance(name, str):
                return f"arn:aws:cloudwatch::{responses.get_account_id()}:dashboard/{name}"
        return extract_resource_arn(service, method, path, headers, body, *more)

    iam_actions.extract_resource_arn = extract_resource_arn_of_dashboards
