"""Has MiniStack judge SQS's batch requests by the permission that AWS asks for.

It looks for `sqs:SendMessageBatch`, an action that no policy can name: a batch needs the right to
send, delete or change one message.
Source: AWS's Service Authorization Reference, actions of Amazon SQS.
"""

from ministack.core import iam_actions

SUFFIX = "Batch"


def supply():
    extract_iam_action = iam_actions.extract_iam_action

    def extract_iam_action_of_batches(service, *request):
        action = extract_iam_action(service, *request)
        if action and action.startswith("sqs:") and action.endswith(SUFFIX):
            return action.removesuffix(SUFFIX)
        return action

    iam_actions.extract_iam_action = extract_iam_action_of_batches
