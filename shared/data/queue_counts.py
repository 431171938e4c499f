"""What consumers did with a queue's messages, in LIMITS_TABLE; SQS itself counts only what waits.

A queue has one item a day with its counters, and one for each message that failed and will be
delivered again. A counter's item takes about a thousand batches a second (DynamoDB's limit of a
partition), which is far above what the consumers of one queue do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.update import Action

from shared.core import clock
from shared.data.table import Item, TableMeta, TableOf
from shared.data.transaction import Transaction

_DAY, _RETRY = "DAY#", "RETRY#"
_KEEP_DAYS = timedelta(days=90)
# A message lives no longer: the retention period of every queue.
_KEEP_RETRIES = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class DayCount:
    """Deliveries of a UTC day: all that ended, and those of them that failed."""

    day: date
    processed: int
    failed: int


class _Day(Item):
    class Meta(TableMeta):
        table_name = TableOf("LIMITS_TABLE")

    processed = NumberAttribute(default=0)
    failed = NumberAttribute(default=0)


class _Retry(Item):
    class Meta(TableMeta):
        table_name = TableOf("LIMITS_TABLE")


def add_count(queue: str, processed: int, failed: int) -> None:
    """Add deliveries to today's counters: one UpdateItem."""
    now = clock.now()
    actions: list[Action] = [
        _Day.processed.add(processed),
        _Day.failed.add(failed),
        _Day.ttl.set(int((now + _KEEP_DAYS).timestamp())),
    ]
    _Day(_pk(queue), f"{_DAY}{now.date()}").update(actions)


def count_one(transaction: Transaction, queue: str, *, failed: bool) -> None:
    """Add one that ended to today's counters, with what the transaction else writes."""
    now = clock.now()
    actions: list[Action] = [
        _Day.processed.add(1),
        _Day.failed.add(int(failed)),
        _Day.ttl.set(int((now + _KEEP_DAYS).timestamp())),
    ]
    transaction.update("queue.day", _Day(_pk(queue), f"{_DAY}{now.date()}"), actions)


def find_counts(queue: str, first: date) -> Iterator[DayCount]:
    """The days from `first` on that have any, oldest first."""
    for item in _Day.query(_pk(queue), _Day.sk.between(f"{_DAY}{first}", f"{_DAY}~")):
        day = date.fromisoformat(item.sk.removeprefix(_DAY))
        yield DayCount(day, int(item.processed), int(item.failed))


def store_retry(queue: str, message_id: str) -> None:
    """Note that a message failed and will be delivered again."""
    until = int((clock.now() + _KEEP_RETRIES).timestamp())
    _Retry(_pk(queue), f"{_RETRY}{message_id}", ttl=until).save()


def delete_retry(queue: str, message_id: str) -> None:
    """Forget that a message failed: it ended, or is a dead letter now."""
    _Retry(_pk(queue), f"{_RETRY}{message_id}").delete()


def count_retries(queue: str) -> int:
    """How many messages failed and have not ended since."""
    now = int(clock.timestamp())
    return _Retry.count(_pk(queue), _Retry.sk.startswith(_RETRY), _Retry.ttl > now)


def delete_retries(queue: str) -> None:
    """Forget every message that failed: the queue was emptied."""
    with _Retry.batch_write() as batch:
        for item in _Retry.query(_pk(queue), _Retry.sk.startswith(_RETRY)):
            batch.delete(item)


def _pk(queue: str) -> str:
    return f"QUEUE#{queue}"
