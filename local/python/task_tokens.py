"""Tells MiniStack's policy evaluation which state machine a task token belongs to.

It has no resource for states:SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat, so that only
a policy for `*` would allow them. AWS's Service Authorization Reference lists no resource type for
them either, but AWS evaluates them on the state machine that waits: its refusals name that ARN,
and CDK's grantTaskResponse, tried against AWS in aws/aws-cdk#8486, grants on nothing else.
"""

from contextvars import ContextVar

from condition_keys import parse
from ministack.core import iam_actions
from ministack.services import stepfunctions

executing = ContextVar("executing")

# AWS's tokens say where they come from, also once nobody waits any more; so nothing is removed.
machines = {}


def supply():
    execute_task = stepfunctions._execute_task
    invoke_with_callback = stepfunctions._invoke_with_callback
    extract_resource_arn = iam_actions.extract_resource_arn

    def execute_task_of(state, raw_input, execution, context):
        executing.set(context.get("StateMachine", {}).get("Id", "*"))
        return execute_task(state, raw_input, execution, context)

    def invoke_with_known_token(resource, task_input, token, state):
        machines[token] = executing.get("*")
        return invoke_with_callback(resource, task_input, token, state)

    def extract_resource_arn_of_token(service, method, path, headers, body, *more):
        token = parse(body).get("taskToken") if service == "states" else None
        if token is not None:
            return machines.get(token, "*")
        return extract_resource_arn(service, method, path, headers, body, *more)

    stepfunctions._execute_task = execute_task_of
    stepfunctions._invoke_with_callback = invoke_with_known_token
    iam_actions.extract_resource_arn = extract_resource_arn_of_token
