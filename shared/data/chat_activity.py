"""Which sessions were talked in, when: counted in the transaction that writes the messages.

An item per session and UTC day beside the owner's list (docs/decisions/0138):

    SESSIONS#<owner>   DAY#<date>#<session>   `n00…n95`: messages of each quarter of an hour,
                                              role_id, role_name

It stays when the session goes, as the ledger's lines do; with the account it goes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.operand import Path

from shared.core import clock
from shared.data.chat_sessions import Session, list_key
from shared.data.quarters import day_keys, days_within, quarter_of
from shared.data.table import Item, TableMeta, TableOf, raw_items
from shared.data.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Activity:
    """Messages of a session within a stretch of time, with a role."""

    session_id: str
    role_id: str
    role_name: str
    messages: int


class _ActiveDay(Item):
    class Meta(TableMeta):
        table_name = TableOf("CHAT_TABLE")

    role_id = UnicodeAttribute()
    role_name = UnicodeAttribute()


def count_messages(transaction: Transaction, session: Session, added: int) -> None:
    """Count messages of this moment, and note whose and with which role."""
    now = clock.now()
    item = _ActiveDay(list_key(session.owner_id), f"DAY#{now:%Y-%m-%d}#{session.id}")
    actions = [
        Path(f"n{quarter_of(now):02d}").add(added),
        _ActiveDay.role_id.set(session.role_id),
        _ActiveDay.role_name.set(session.role_name),
    ]
    transaction.update("activity", item, actions)


def find_activity(owner_id: str, start: datetime, end: datetime) -> Iterator[Activity]:
    """What was talked in [start, end), two moments of whole quarters: a session for each UTC day.

    One Query for each megabyte, which is some thousands of sessions of a day.
    """
    keys = _ActiveDay.sk.between(*day_keys(start, end))
    spans = {date: range(first, below) for date, first, below in days_within(start, end)}
    for item in raw_items(_ActiveDay, list_key(owner_id), keys):
        _, date, session_id = item["sk"]["S"].split("#")
        messages = sum(
            int(value["N"])
            for name, value in item.items()
            if "N" in value and int(name[1:]) in spans[date]
        )
        if messages:
            role_id, role_name = item["role_id"]["S"], item["role_name"]["S"]
            yield Activity(session_id, role_id, role_name, messages)
