"""Gives MiniStack's policy evaluation the condition keys that Assay's policies use and it lacks.

Without them a statement that requires a key never matches (every kms:Sign would be refused), and
one that denies by a key never does. What a policy says about the values stays MiniStack's to judge.
Source of names and meanings: AWS's Service Authorization Reference.
"""

import json

from ministack.core import iam_actions, iam_evaluator

# Of our tables, and of the registry's indexes byState and byType.
PARTITION_KEYS = ("PK", "G1PK", "G2PK")


def supply():
    extend("request_tag_context", lambda service, action, body, params: kms_keys(service, body))
    extend("request_tag_context", lambda service, action, body, params: event_keys(action, body))
    extend("request_tag_context", lambda service, action, body, params: metric_keys(action, body))
    extend("s3_service_context", s3_keys)
    extend("dynamodb_service_context", dynamodb_keys)
    supply_keys_of_transactions()


def extend(name, more):
    known = getattr(iam_actions, name)
    setattr(iam_actions, name, lambda *args: {**known(*args), **more(*args)})


def kms_keys(service, body):
    if service != "kms":
        return {}
    request = parse(body)
    keys = {
        "kms:signingalgorithm": "SigningAlgorithm",
        "kms:messagetype": "MessageType",
        "kms:macalgorithm": "MacAlgorithm",
    }
    return {key: request[field] for key, field in keys.items() if field in request}


def event_keys(action, body):
    """Of all entries of a request: what one of them may not be, none of them is."""
    if action != "events:PutEvents":
        return {}
    entries = [entry for entry in parse(body).get("Entries") or [] if isinstance(entry, dict)]
    keys = {"events:source": "Source", "events:detail-type": "DetailType"}
    found = {key: [entry[field] for entry in entries if field in entry] for key, field in keys.items()}
    return {key: values for key, values in found.items() if values}


def metric_keys(action, body):
    request = parse(body) if action == "cloudwatch:PutMetricData" else {}
    return {"cloudwatch:namespace": request["Namespace"]} if "Namespace" in request else {}


def s3_keys(action, params=None, _path="", headers=None):
    if action != "s3:PutObject":
        return {}
    given = {name: (headers or {}).get(name) for name in ("if-match", "if-none-match")}
    # Starting an upload and sending a part create no object; completing the upload does.
    creates = not {"uploads", "partNumber"} & set(params or {})
    return {
        "s3:objectcreationoperation": str(creates).lower(),
        **{f"s3:{name}": value for name, value in given.items() if value},
    }


def dynamodb_keys(body):
    """The partition keys of a request on items, or on one partition of a table or an index."""
    request = parse(body)
    items = [request.get("Key") or request.get("Item") or {}, *batch_keys(request)]
    leading = [item["PK"]["S"] for item in items if "PK" in item] or query_partition(request)
    return {"dynamodb:leadingkeys": leading} if leading else {}


class ItemAction(str):
    """The action of one item of a transaction, and the condition keys of that item alone."""

    keys: dict


def supply_keys_of_transactions():
    """MiniStack checks each item's action, as AWS does, but all of them in one context."""
    transaction_checks = iam_actions.dynamodb_transaction_checks
    enforce = iam_evaluator.enforce

    def checks_with_keys(action, body, region, account):
        checks = []
        for member, detail in transaction_members(body):
            alone = json.dumps({"TransactItems": [{member: detail}]})
            for item_action, arn in transaction_checks(action, alone, region, account):
                checked = ItemAction(item_action)
                checked.keys = dynamodb_keys(json.dumps(detail))
                checks.append((checked, arn))
        return checks

    def enforce_with_keys(key, action, *args, service_context=None, **more):
        keys = {**(service_context or {}), **getattr(action, "keys", {})}
        return enforce(key, action, *args, service_context=keys, **more)

    iam_actions.dynamodb_transaction_checks = checks_with_keys
    iam_evaluator.enforce = enforce_with_keys


def transaction_members(body):
    items = parse(body).get("TransactItems")
    for item in items if isinstance(items, list) else []:
        yield from item.items() if isinstance(item, dict) else []


def batch_keys(request):
    tables = request.get("RequestItems")
    for table in tables.values() if isinstance(tables, dict) else []:
        # Of a batch that writes, each is a list.
        yield from table.get("Keys", []) if isinstance(table, dict) else []


def query_partition(request):
    names = request.get("ExpressionAttributeNames") or {}
    values = request.get("ExpressionAttributeValues") or {}
    for term in str(request.get("KeyConditionExpression", "")).split(" AND "):
        left, _, right = (part.strip(" ()") for part in term.partition("="))
        if names.get(left, left) in PARTITION_KEYS and right in values:
            return [values[right].get("S", "")]
    return []


def parse(body):
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}
