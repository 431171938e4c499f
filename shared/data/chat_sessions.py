"""Chat sessions of an owner, their list, and the counters beside it.

Items of the chat table (docs/database-design.md):

    SESSION#<id>       SESSION           the session; gsi1 SESSIONS#<owner> by time of change
    SESSION#<id>       MSG#<message>     its messages (shared/data/chat_messages.py)
    SESSIONS#<owner>   ~TOTAL            how many sessions; in gsi1 too, in front of the list
    SESSIONS#<owner>   ROLE#<role>       how many of them with that role
    SESSIONS#<owner>   DAY#<date>#<id>   messages of a day (shared/data/chat_activity.py)
    DELETED#<id>       DELETED           a session whose messages still have to go; gsi1 DELETED

`~` sorts after every time, so one newest-first query gives the total and then the sessions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from shared.core import clock
from shared.data.table import Gsi1, Item, TableMeta, TableOf, find
from shared.data.transaction import ConditionFailed, Transaction

Mode = Literal["chat", "task"]
SESSION = "SESSION"
LAST_MESSAGE_CHARS = 120
_TOTAL_KEY = "~TOTAL"
_DELETED = "DELETED"
_FILTERED_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A conversation with a role; times are stored ISO texts, `title` is "" until there is one."""

    id: str
    owner_id: str
    role_id: str
    role_name: str
    title: str
    mode: Mode
    last_message: str
    message_count: int
    created_at: str
    updated_at: str


class SessionItem(Item):
    """A session; its messages stand in the same partition."""

    class Meta(TableMeta):
        table_name = TableOf("CHAT_TABLE")

    gsi1 = Gsi1()
    session_id = UnicodeAttribute()
    owner_id = UnicodeAttribute()
    role_id = UnicodeAttribute()
    role_name = UnicodeAttribute()
    title = UnicodeAttribute(null=True)
    mode = UnicodeAttribute()
    last_message = UnicodeAttribute(null=True)
    message_count = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    total = NumberAttribute(null=True)  # of the ~TOTAL row, which the same query gives


class _Count(Item):
    class Meta(TableMeta):
        table_name = TableOf("CHAT_TABLE")

    total = NumberAttribute(default=0)


class _Deleted(Item):
    class Meta(TableMeta):
        table_name = TableOf("CHAT_TABLE")

    gsi1 = Gsi1()


def session_key(session_id: str) -> str:
    """The partition of a session and its messages."""
    return f"SESSION#{session_id}"


def list_key(owner_id: str) -> str:
    """The partition of an owner's list, in gsi1, and of its counters."""
    return f"SESSIONS#{owner_id}"


def find_session(session_id: str) -> Session | None:
    """The session of that id, whoever owns it: one consistent GetItem."""
    item = find(SessionItem, session_key(session_id), SESSION)
    return to_session(item) if item else None


def find_sessions(owner_id: str, start: int, end: int) -> tuple[list[Session], int]:
    """Sessions number `start` to `end` by time of change, newest first, and how many there are.

    One query of the index: a change shows there after a moment.
    """
    rows = SessionItem.gsi1.query(
        list_key(owner_id), scan_index_forward=False, page_size=min(end + 1, _FILTERED_PAGE)
    )
    first = next(rows, None)
    if first is None or first.sk != _TOTAL_KEY:
        return [], 0
    total = int(first.total or 0)
    if start >= total:
        return [], total
    return [to_session(row) for row in islice(rows, start, end)], total


def count_sessions(owner_id: str) -> int:
    """How many sessions the owner has: one GetItem."""
    count = find(_Count, list_key(owner_id), _TOTAL_KEY)
    return int(count.total) if count else 0


def find_sessions_of_role(
    owner_id: str, role_id: str, start: int, end: int
) -> tuple[list[Session], int]:
    """The same for the sessions with one role: a GetItem for the total, then a query."""
    count = find(_Count, list_key(owner_id), f"ROLE#{role_id}")
    total = int(count.total) if count else 0
    if start >= total:
        return [], total
    rows: Iterator[SessionItem] = SessionItem.gsi1.query(
        list_key(owner_id),
        filter_condition=SessionItem.role_id == role_id,
        scan_index_forward=False,
        page_size=_FILTERED_PAGE,
    )
    return [to_session(row) for row in islice(rows, start, min(end, total))], total


def store_session(transaction: Transaction, session: Session) -> None:
    """Add a new session and count it."""
    item = SessionItem(
        session_key(session.id),
        SESSION,
        gsi1pk=list_key(session.owner_id),
        gsi1sk=_order(session.updated_at, session.id),
        session_id=session.id,
        owner_id=session.owner_id,
        role_id=session.role_id,
        role_name=session.role_name,
        title=session.title or None,
        mode=session.mode,
        message_count=session.message_count,
        created_at=session.created_at,
        updated_at=session.updated_at,
    )
    transaction.create("session", item)
    _count(transaction, session, 1)


def update_title(owner_id: str, session_id: str, title: str) -> Session | None:
    """Give the owner's session a title ("" lets the next message make one); None: no such one."""
    item = SessionItem(session_key(session_id), SESSION)
    change = SessionItem.title.set(title) if title else SessionItem.title.remove()
    try:
        item.update([change], condition=SessionItem.owner_id == owner_id)
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return None
    return to_session(item)


def note_turn(
    transaction: Transaction, session_id: str, text: str, *, added: int, title: str = ""
) -> None:
    """Say in the session that messages came; the part `session` fails where it is gone.

    Args:
        transaction: the one that writes the messages.
        session_id: the session.
        text: the newest message, cut to what lists show.
        added: how many messages the transaction adds.
        title: taken where the session has none.
    """
    now = clock.iso_ms(clock.now())
    actions: list[Action] = [
        SessionItem.last_message.set(text[:LAST_MESSAGE_CHARS]),
        SessionItem.updated_at.set(now),
        SessionItem.gsi1sk.set(_order(now, session_id)),
    ]
    if added:
        actions.append(SessionItem.message_count.add(added))
    if title:
        actions.append(SessionItem.title.set(SessionItem.title | title))
    item = SessionItem(session_key(session_id), SESSION)
    transaction.update("session", item, actions, SessionItem.pk.exists())


def delete_session(session: Session) -> bool:
    """Remove the session at once; its messages are left to `find_deleted`. False: gone already."""
    item = SessionItem(session_key(session.id), SESSION)
    transaction = Transaction()
    transaction.delete("session", item, SessionItem.pk.exists())
    transaction.save(
        "deleted",
        _Deleted(
            f"{_DELETED}#{session.id}",
            _DELETED,
            gsi1pk=_DELETED,
            gsi1sk=_order(clock.iso_ms(clock.now()), session.id),
        ),
    )
    _count(transaction, session, -1)
    try:
        transaction.commit()
    except ConditionFailed:
        return False
    return True


def find_deleted(limit: int) -> list[str]:
    """Ids of deleted sessions whose messages may still be there, oldest first."""
    rows = _Deleted.gsi1.query(_DELETED, limit=limit)
    return [row.pk.removeprefix(f"{_DELETED}#") for row in rows]


def forget_deleted(session_id: str) -> None:
    """Nothing is left of that session."""
    _Deleted(f"{_DELETED}#{session_id}", _DELETED).delete()


def delete_counts(owner_id: str) -> None:
    """Remove the counters of an owner who has no sessions any more."""
    with _Count.batch_write() as batch:
        for row in _Count.query(list_key(owner_id), consistent_read=True):
            batch.delete(row)


def _order(moment: str, session_id: str) -> str:
    return f"{moment}#{session_id}"


def _count(transaction: Transaction, session: Session, change: int) -> None:
    owner = list_key(session.owner_id)
    listed: list[Action] = [
        _Count.total.add(change),
        _Count.gsi1pk.set(owner),
        _Count.gsi1sk.set(_TOTAL_KEY),
    ]
    transaction.update("total", _Count(owner, _TOTAL_KEY), listed)
    by_role = _Count(owner, f"ROLE#{session.role_id}")
    transaction.update("role_total", by_role, [_Count.total.add(change)])


def to_session(item: SessionItem) -> Session:
    """The session of an item."""
    mode: Mode = "task" if item.mode == "task" else "chat"
    return Session(
        id=item.session_id,
        owner_id=item.owner_id,
        role_id=item.role_id,
        role_name=item.role_name,
        title=item.title or "",
        mode=mode,
        last_message=item.last_message or "",
        message_count=int(item.message_count),
        created_at=item.created_at,
        updated_at=item.updated_at,
    )
