"""A worker's whole turn with its queue: consume, count, and bring back soon what failed."""

from collections.abc import Callable
from functools import partial
from typing import Any

from shared.messaging.consumer import BatchAnswer, Message, Runtime, consume
from shared.messaging.counts import count_deliveries
from shared.messaging.retries import retry_after_deadline, retry_soon


def work_off(
    event: dict[str, Any],
    runtime: Runtime,
    handle: Callable[[Message], None],
    *,
    queue: str,
    receives: int,
    margin_ms: int,
) -> BatchAnswer:
    """Work on each message of an SQS event by itself; what failed, or was killed, comes again.

    Args:
        queue: its name, as the admin API shows it.
        receives: its `maxReceiveCount`.
        margin_ms: a message is not begun with less of the function's time left.
    """
    for record in event["Records"]:
        retry_after_deadline(record, runtime)
    tally = partial(count_deliveries, queue, receives)
    answer = consume(event, runtime, handle, tally, margin_ms=margin_ms)
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    for record in event["Records"]:
        if record["messageId"] in failed:
            retry_soon(record)
    return answer
