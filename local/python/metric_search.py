"""Finds metrics by expression as CloudWatch documents it, where MiniStack has no expressions at all.

Of metric math only SEARCH, SORT and SLICE, as a dashboard of ours has them; the terms of a search are
`Property="value"`, joined by AND, OR, NOT and brackets. Terms without a word between them all have to hold.
Source: CloudWatch User Guide, "CloudWatch search expression syntax" and "Using metric math".
"""

import json
import re

AGGREGATES = {
    "MIN": min,
    "MAX": max,
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
}

CALL = re.compile(r"\s*([A-Z]+)\s*\(")
SEARCH = re.compile(r"\s*'\{([^}]*)\}\s*([^']*)'\s*,\s*'([^']*)'\s*(?:,\s*(\d+)\s*)?\)")
TOKEN = re.compile(r'\s*(?:([\w:.]+)\s*=\s*"([^"]*)"|(AND|OR|NOT)\b|([()]))')
PROPERTY = re.compile(r"\$\{PROP\('(?:Dim\.)?([^']*)'\)\}")


def supply():
    from ministack.services import cloudwatch

    known = cloudwatch._get_metric_data

    def get_metric_data(params, body, is_cbor, is_json=False):
        if not is_json:
            return known(params, body, is_cbor, is_json)
        queries = body.get("MetricDataQueries") or []
        results = []
        for query in queries:
            if query.get("Expression"):
                results += found(cloudwatch, query, body)
            else:
                one = known(params, {**body, "MetricDataQueries": [query]}, is_cbor, is_json)
                results += json.loads(one[2])["MetricDataResults"]
        return cloudwatch._json_ok({"MetricDataResults": results})

    cloudwatch._get_metric_data = get_metric_data


def found(cloudwatch, query, request):
    """A result for each series, all with the query's id; none for an expression of another form."""
    start = cloudwatch._parse_ts(request["StartTime"])
    end = cloudwatch._parse_ts(request["EndTime"])
    look = lambda *search: searched(cloudwatch, *search, start, end, query.get("Period"))
    try:
        series, _ = evaluated(query["Expression"], 0, look)
    except ValueError as unread:
        message = {"Code": "Unsupported", "Value": str(unread)}
        failed = {"Id": query["Id"], "Label": query.get("Label", query["Id"])}
        return [{**failed, "StatusCode": "InternalError", "Messages": [message], "Timestamps": [], "Values": []}]
    return [
        {
            "Id": query["Id"],
            "Label": labelled(query.get("Label"), properties),
            "Timestamps": [at for at, _ in points],
            "Values": [value for _, value in points],
            "StatusCode": "Complete",
        }
        for properties, points in series
    ]


def evaluated(text, at, look):
    """The series of the call that begins there, and where it ends."""
    call = CALL.match(text, at)
    if call and call[1] == "SEARCH":
        terms = SEARCH.match(text, call.end())
        if terms:
            schema, words, statistic, period = terms.groups()
            return look(schema, words, statistic, period), terms.end()
    if call and call[1] in ("SORT", "SLICE"):
        series, after = evaluated(text, call.end(), look)
        rest = re.compile(r"((?:\s*,\s*\w+)*)\s*\)").match(text, after)
        if rest:
            arguments = [each.strip() for each in rest[1].split(",")[1:]]
            return {"SORT": ordered, "SLICE": sliced}[call[1]](series, *arguments), rest.end()
    raise ValueError(f"got {text[at:]!r}, expected SEARCH, SORT or SLICE")


def ordered(series, aggregate, order, most=None):
    by = lambda one: AGGREGATES[aggregate]([value for _, value in one[1]])
    whole = sorted(series, key=by, reverse=order == "DESC")
    return whole[: int(most)] if most else whole


def sliced(series, first, end=None):
    return series[int(first) : int(end)] if end else series[int(first) : int(first) + 1]


def searched(cloudwatch, schema, words, statistic, period, start, end, asked_period):
    namespace, *names = [each.strip().strip('"') for each in schema.split(",")]
    holds = condition(words)
    series = []
    for (of, metric, _), stored in list(cloudwatch._metrics.items()):
        dimensions = stored[0].get("Dimensions") or {} if stored else {}
        properties = {**dimensions, "Namespace": of, "MetricName": metric}
        if of != namespace or set(dimensions) != set(names):
            continue
        if not holds(properties):
            continue
        points = by_period(cloudwatch, stored, statistic, int(asked_period or period or 300), start, end)
        if points:
            series.append((properties, points))
    return series


def condition(words):
    """Whether a metric's properties are such as the terms say; NOT binds closest, then AND."""
    tokens = []
    at = 0
    words = words.rstrip()
    while at < len(words):
        token = TOKEN.match(words, at)
        if not token:
            raise unexpected(words)
        tokens.append(token)
        at = token.end()

    def joined(word, part, join):
        parts = [part()]
        while tokens and tokens[0][4] != ")" and (tokens[0][3] == word or (word == "AND" and tokens[0][3] != "OR")):
            if tokens[0][3] == word:
                tokens.pop(0)
            parts.append(part())
        return lambda properties: join(each(properties) for each in parts)

    def one():
        token = tokens.pop(0) if tokens else None
        if token is None or token[3] in ("AND", "OR") or token[4] == ")":
            raise unexpected(words)
        if token[3] == "NOT":
            denied = one()
            return lambda properties: not denied(properties)
        if token[4] == "(":
            inner = either()
            if not tokens or tokens.pop(0)[4] != ")":
                raise unexpected(words)
            return inner
        return lambda properties: properties.get(token[1]) == token[2]

    either = lambda: joined("OR", lambda: joined("AND", one, all), any)
    whole = either()
    if tokens:
        raise unexpected(words)
    return whole


def unexpected(words):
    return ValueError(f'got {words!r}, expected terms Property="value", AND, OR, NOT and brackets')


def by_period(cloudwatch, stored, statistic, period, start, end):
    periods = {}
    for point in stored:
        if start <= point["Timestamp"] < end:
            periods.setdefault(int(point["Timestamp"] // period) * period, []).append(point)
    values = [
        (at, cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points))
        for at, points in sorted(periods.items())
    ]
    return [(at, value) for at, value in values if value is not None]


def labelled(label, properties):
    """CloudWatch names a series by itself where nobody did."""
    if not label:
        return " ".join(properties.values())
    return PROPERTY.sub(lambda name: properties.get(name[1], name[0]), label)
