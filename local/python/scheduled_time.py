"""Puts the time into what Scheduler hands on, as AWS does, and MiniStack does not.

MiniStack keeps no time that an invocation was due at: it is the one at which it fires, to the second.
Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

from datetime import datetime, timezone

from ministack.services import eventbridge

ATTRIBUTE = "<aws.scheduler.scheduled-time>"


def supply():
    invoke_target = eventbridge._invoke_target

    def invoke_target_with_time(target, event, *more):
        if event.get("Source") == "aws.scheduler" and ATTRIBUTE in (target.get("Input") or ""):
            at = datetime.fromtimestamp(event["Time"], timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            target = {**target, "Input": target["Input"].replace(ATTRIBUTE, at)}
        return invoke_target(target, event, *more)

    eventbridge._invoke_target = invoke_target_with_time
