"""A failed message comes back within the time its document has, not within the queue's.

The queue hides a message for six times the worker's timeout, which is longer than the 15 minutes
a document may be in processing: that is for a worker that died. One that failed says so here.
"""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.queues import show_again
from shared.core.observability import get_logger

_FIRST_WAIT_S = 15


def retry_soon(record: dict[str, Any]) -> None:
    """Show an SQS record's message again after 15 s, a minute, four minutes."""
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    wait = _FIRST_WAIT_S * 4 ** min(attempt - 1, 2)
    try:
        show_again(record["eventSourceARN"], record["receiptHandle"], wait)
    except (ClientError, BotoCoreError):
        # It comes back all the same, when the queue shows it.
        get_logger().exception("retry not brought forward")
