"""Lets MiniStack's policy evaluation resolve policy variables in Resource and NotResource.

Without it `uploads/${aws:userid}/*` matches only a key that contains the braces. Variables in
conditions stay unresolved: no policy of ours has any.
Source: AWS's IAM User Guide, "Policy elements: Variables and tags": a variable takes the value of
the request's condition key, and a statement whose variable has no value applies to nothing.
"""

import re
from dataclasses import replace

from ministack.core import iam_evaluator

VARIABLE = re.compile(r"\$\{([^}]+)\}")


def supply():
    first_match = iam_evaluator._first_match

    def first_match_resolved(context, statements, effect):
        return first_match(context, resolved(statements, context), effect)

    iam_evaluator._first_match = first_match_resolved


def resolved(statements, context):
    def value_of(variable):
        return str(known(variable[1], context))

    for statement in statements:
        patterns = [*statement.resources, *statement.not_resources]
        names = {name for pattern in patterns for name in VARIABLE.findall(pattern)}
        if not names:
            yield statement
        elif all(known(name, context) is not None for name in names):
            yield replace(
                statement,
                resources=[VARIABLE.sub(value_of, pattern) for pattern in statement.resources],
                not_resources=[VARIABLE.sub(value_of, each) for each in statement.not_resources],
            )


def known(name, context):
    return iam_evaluator._resolve_condition_key(name, context)
