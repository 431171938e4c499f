"""Lambda entry: records of the tables' streams, filtered to inserted outbox items."""

from typing import Any

from functions.dispatcher.service import dispatch
from shared.core.observability import get_logger
from shared.messaging.consumer import BatchAnswer, batch_answer


def handler(event: dict[str, Any], _: object) -> BatchAnswer:
    """Deliver each record's promise; a failed one is tried again, then a dead letter."""
    failed = []
    for record in event["Records"]:
        number = record["dynamodb"]["SequenceNumber"]
        try:
            dispatch(record)
        except Exception:
            get_logger().exception("not dispatched", extra={"sequence_number": number})
            failed.append(number)
    return batch_answer(failed)
