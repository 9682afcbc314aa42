"""Prints what the functions wrote: `function_logs.py ENDPOINT LINES [--follow]`.

Every event of every log group, oldest first, as `time function message`.
"""

import sys
import time

import botocore.session

FRAME = ("START RequestId", "END RequestId", "REPORT RequestId")


def main():
    endpoint, lines, *flags = sys.argv[1:]
    session = botocore.session.get_session()
    session.set_credentials("test", "test")
    logs = session.create_client("logs", region_name="us-east-1", endpoint_url=endpoint)
    seen = set()
    show(in_order(logs, seen)[-int(lines) :])
    while "--follow" in flags:
        time.sleep(1)
        show(in_order(logs, seen))


def in_order(logs, seen):
    return sorted(fresh_events(logs, seen), key=lambda event: event[0])


def fresh_events(logs, seen):
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            yield from fresh_events_of(logs, group["logGroupName"], seen)


def fresh_events_of(logs, group, seen):
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    for number, event in enumerate(event for page in pages for event in page["events"]):
        key = (group, event.get("eventId", number))
        if key not in seen:
            seen.add(key)
            yield event["timestamp"], group.rsplit("/", 1)[-1], event["message"].rstrip()


def show(events):
    for timestamp, source, message in events:
        if not message.startswith(FRAME):
            at = time.strftime("%H:%M:%S", time.localtime(timestamp / 1000))
            print(f"{at}.{timestamp % 1000:03} {source} {message}", flush=True)


try:
    main()
except (KeyboardInterrupt, BrokenPipeError):
    sys.exit(0)
