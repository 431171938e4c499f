"""A message comes back soon after its worker failed, not when the queue would show it.

The queue hides a message for six times the worker's timeout: longer than a document may be in
processing, or than a person waits for a run. A worker that begins says until when it can be at
work at all, so that a message whose worker was killed comes back right after; one that fails
says so.
"""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.queues import show_again
from shared.core.observability import get_logger
from shared.messaging.consumer import Runtime

_FIRST_WAIT_S = 15
# Nobody works on a message this long after its worker's deadline.
_GRACE_S = 15


def retry_after_deadline(record: dict[str, Any], runtime: Runtime) -> None:
    """Show an SQS record's message again soon after this invocation must have ended."""
    _show_again(record, runtime.get_remaining_time_in_millis() // 1000 + _GRACE_S)


def retry_soon(record: dict[str, Any]) -> None:
    """Show an SQS record's message again after 15 s, a minute, four minutes."""
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    _show_again(record, _FIRST_WAIT_S * 4 ** min(attempt - 1, 2))


def _show_again(record: dict[str, Any], after_s: int) -> None:
    try:
        show_again(record["eventSourceARN"], record["receiptHandle"], after_s)
    except (ClientError, BotoCoreError):
        # It comes back all the same, when the queue shows it.
        get_logger().exception("retry not brought forward")
