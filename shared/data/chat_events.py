"""The event log of an answer: what its stream said, for readers elsewhere and later.

Items of the chat table (docs/database-design.md):

    EVENTS#<message>   <number of its last event, ten digits>   a group of events in a row

They die by TTL, an hour and a little after they were written.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from shared.core import clock
from shared.data.table import Item, TableMeta, TableOf
from shared.data.transaction import Transaction

# An hour of replay counts from the end of an answer, which may have taken a quarter of one.
KEEP_SECONDS = 3600 + 900 + 60


@dataclass(frozen=True, slots=True)
class EventGroup:
    """Events `first`, `first + 1`, …; each is the JSON text of one event (no line breaks)."""

    first: int
    events: tuple[str, ...]

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self.first + len(self.events) - 1


class _EventGroup(Item):
    class Meta(TableMeta):
        table_name = TableOf("CHAT_TABLE")

    first = NumberAttribute()
    events = UnicodeAttribute()


def store_events(message_id: str, group: EventGroup) -> None:
    """Write a group: one PutItem."""
    _to_item(message_id, group).save()


def add_events(transaction: Transaction, message_id: str, group: EventGroup) -> None:
    """Write a group together with other things."""
    transaction.save("events", _to_item(message_id, group))


def find_events(message_id: str, after: int) -> list[EventGroup]:
    """The groups that hold events after that number, in order: one consistent query.

    A group may begin before `after`, and overlap the one before it (a write that was tried
    twice): numbers tell.
    """
    rows = _EventGroup.query(
        f"EVENTS#{message_id}", _EventGroup.sk > _number(after), consistent_read=True
    )
    return [EventGroup(int(row.first), tuple(row.events.split("\n"))) for row in rows]


def delete_events(message_ids: Sequence[str]) -> None:
    """Remove the logs of those answers before their time."""
    with _EventGroup.batch_write() as batch:
        for message_id in message_ids:
            for row in _EventGroup.query(f"EVENTS#{message_id}", attributes_to_get=["pk", "sk"]):
                batch.delete(row)


def _number(number: int) -> str:
    return f"{number:010d}"


def _to_item(message_id: str, group: EventGroup) -> _EventGroup:
    return _EventGroup(
        f"EVENTS#{message_id}",
        _number(group.last),
        first=group.first,
        events="\n".join(group.events),
        ttl=int(clock.timestamp()) + KEEP_SECONDS,
    )
