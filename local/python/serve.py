"""Runs MiniStack so that loopback counts as TLS, with what our policies, alarms, metrics and schedules need
and it lacks.

Every bucket, queue and topic of ours refuses requests for which aws:SecureTransport is false.
Where MiniStack enforces IAM (AUTH=true) it would refuse everything, as it speaks plain HTTP.
"""

import sys

import alarm_evaluation
import alarm_math
import alarm_names
import batch_actions
import condition_keys
import dashboard_names
import function_metrics
import metric_search
import policy_variables
import scheduled_time
import task_tokens
from ministack import app

pin_request_origin = app.pin_request_origin
app.pin_request_origin = lambda source_ip, _secure: pin_request_origin(source_ip, True)

condition_keys.supply()
policy_variables.supply()
task_tokens.supply()
alarm_names.supply()
dashboard_names.supply()
batch_actions.supply()
alarm_evaluation.supply()
alarm_math.supply()
metric_search.supply()
function_metrics.supply()
scheduled_time.supply()

sys.argv = ["ministack"]
app.main()
