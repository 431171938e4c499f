"""Counting what a consumer did with its queue's messages."""

from collections.abc import Sequence
from dataclasses import dataclass

from pynamodb.exceptions import PynamoDBException

from shared.core.observability import get_logger
from shared.data.queue_counts import add_count, delete_retry, store_retry


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the delivery of a message ended; `attempt` counts its deliveries from 1.

    One that failed for good does not come again, and never becomes a dead letter.
    """

    message_id: str
    attempt: int
    failed: bool = False
    comes_again: bool = False


def count_deliveries(queue: str, receives: int, deliveries: Sequence[Delivery]) -> None:
    """Count a batch: one write, and one more for each message that fails or had failed.

    A store that refuses costs the count and nothing else: the work is done.

    Args:
        queue: its name, as the admin API shows it.
        receives: its `maxReceiveCount`; what fails that often is a dead letter.
        deliveries: those that ended; what was not begun is none.
    """
    if not deliveries:
        return
    try:
        add_count(queue, len(deliveries), sum(each.failed for each in deliveries))
        for each in deliveries:
            if each.comes_again and each.attempt < receives:
                store_retry(queue, each.message_id)
            elif each.attempt > 1:
                delete_retry(queue, each.message_id)
    except PynamoDBException:
        get_logger().exception("deliveries not counted", extra={"queue": queue})
