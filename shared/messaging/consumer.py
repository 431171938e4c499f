"""Queue consumers: each message by itself, those that failed named to SQS, the others done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypedDict

from shared.core import context
from shared.core.observability import get_logger
from shared.messaging.counts import Delivery

# A message begun with less time left would be cut in the middle; SQS brings it again instead.
MARGIN_MS = 5_000


@dataclass(frozen=True, slots=True)
class Message:
    """One SQS message; `attempt` counts its deliveries from 1."""

    id: str
    body: str
    attempt: int


class GivenUp(Exception):
    """The work failed for good and was settled so: the message is not to be delivered again."""


class Runtime(Protocol):
    """What is needed of Lambda's context object."""

    def get_remaining_time_in_millis(self) -> int: ...


def seconds_left(runtime: Runtime, reserve_s: float) -> float:
    """What is left of the invocation for the work itself, the reserve for its end taken off."""
    return max(0.0, runtime.get_remaining_time_in_millis() / 1000 - reserve_s)


class Failure(TypedDict):
    """A message that stays in the queue."""

    itemIdentifier: str


class BatchAnswer(TypedDict):
    """Lambda's partial batch response."""

    batchItemFailures: list[Failure]


def batch_answer(failed: list[str]) -> BatchAnswer:
    """The partial batch response that names what failed."""
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def consume(
    event: dict[str, Any],
    runtime: Runtime,
    handle: Callable[[Message], None],
    tally: Callable[[Sequence[Delivery]], None],
    *,
    margin_ms: int = MARGIN_MS,
) -> BatchAnswer:
    """Handle each message of an SQS event under the request id of whoever caused it.

    A message whose `handle` raises, or for which less than `margin_ms` of the function's time is
    left, is reported as failed: SQS delivers it again, and after the queue's `maxReceiveCount`
    puts it among the dead letters. With `GivenUp` it ends here. `tally` gets what was handled.
    """
    ended, failed = [], []
    for record in event["Records"]:
        if runtime.get_remaining_time_in_millis() < margin_ms:
            failed.append(record["messageId"])
            continue
        delivery = _delivered(record, handle)
        ended.append(delivery)
        if delivery.comes_again:
            failed.append(delivery.message_id)
    tally(ended)
    return batch_answer(failed)


def _delivered(record: dict[str, Any], handle: Callable[[Message], None]) -> Delivery:
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    message = Message(record["messageId"], record["body"], attempt)
    extra = {"message_id": message.id, "attempt": attempt}
    with context.entered(_request_id(record)):
        try:
            handle(message)
        except GivenUp:
            get_logger().warning("message given up", extra=extra)
            return Delivery(message.id, attempt, failed=True)
        except Exception:
            get_logger().exception("message failed", extra=extra)
            return Delivery(message.id, attempt, failed=True, comes_again=True)
        return Delivery(message.id, attempt)


def _request_id(record: dict[str, Any]) -> str:
    # S3 sends without attributes; the message's own id then ties its log lines together.
    attribute = record.get("messageAttributes", {}).get("request_id", {})
    return str(attribute.get("stringValue") or record["messageId"])
