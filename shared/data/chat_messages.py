"""Messages of chat sessions: two per turn, what was asked and what is answered.

Items of the chat table (docs/database-design.md):

    SESSION#<session>   MSG#<message>   a message; gsi1 RUNNING#<shard> by its last sign of life
                                        while its answer is being made

`MSG` sorts before `SESSION`, so one newest-first query of the partition gives the session and its
newest messages.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, cast

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from shared.data.chat_sessions import SESSION, Session, SessionItem, session_key, to_session
from shared.data.table import Gsi1, Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

Author = Literal["user", "assistant", "tool"]
Status = Literal["running", "complete", "incomplete", "failed"]
RUNNING_SHARDS = 4  # one index partition takes about 1,000 writes a second


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that was put before the model; `page` counts from 1."""

    document_id: str
    document_name: str
    chunk_id: str
    page: int | None
    score: float
    snippet: str


@dataclass(frozen=True, slots=True)
class TurnUsage:
    """What an answer took, all its model calls together; the cost in micro-units."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_micro: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message; times are stored ISO texts.

    An answer is `running` until it ends as complete, incomplete (stopped, or cut after its first
    words) or failed. `heartbeat_at` is its generator's last sign of life, `reservation` the open
    ledger call that its end settles or releases.
    """

    id: str
    session_id: str
    owner_id: str
    author: Author
    content: str
    status: Status
    created_at: str
    model: str = ""
    sources: tuple[Source, ...] = ()
    usage: TurnUsage | None = None
    heartbeat_at: str = ""
    ended_at: str = ""
    error_code: str = ""
    reservation: str = ""
    stop_requested: bool = False


class MessageItem(Item):
    """A message."""

    class Meta(TableMeta):
        table_name = TableOf("CHAT_TABLE")

    gsi1 = Gsi1()
    owner_id = UnicodeAttribute()
    author = UnicodeAttribute()
    content = UnicodeAttribute(default="")
    status = UnicodeAttribute()
    created_at = UnicodeAttribute()
    model = UnicodeAttribute(null=True)
    sources = UnicodeAttribute(null=True)
    prompt_tokens = NumberAttribute(null=True)
    completion_tokens = NumberAttribute(null=True)
    cost_micro = NumberAttribute(null=True)
    heartbeat_at = UnicodeAttribute(null=True)
    ended_at = UnicodeAttribute(null=True)
    error_code = UnicodeAttribute(null=True)
    reservation = UnicodeAttribute(null=True)
    stop_requested = BooleanAttribute(null=True)


def find_message(session_id: str, message_id: str) -> Message | None:
    """The message of those ids: one consistent GetItem."""
    item = find(MessageItem, session_key(session_id), message_sort_key(message_id))
    return to_message(item) if item else None


def find_session_and_message(
    session_id: str, message_id: str
) -> tuple[Session | None, Message | None]:
    """Both by one consistent BatchGetItem."""
    session: Session | None = None
    message: Message | None = None
    keys = [
        (session_key(session_id), SESSION),
        (session_key(session_id), message_sort_key(message_id)),
    ]
    for item in _Either.batch_get(keys, consistent_read=True):
        if item.sk == SESSION:
            session = to_session(item)
        else:
            message = to_message(item)
    return session, message


def find_session_and_newest(
    session_id: str, limit: int, *, max_chars: int | None = None
) -> tuple[Session | None, list[Message]]:
    """The session and its newest messages, newest first, by one consistent query.

    Args:
        session_id: the session.
        limit: at most that many messages.
        max_chars: no message after those that together have this many characters, so that a
            session of long messages is not read whole.
    """
    rows = _Either.query(
        session_key(session_id),
        _Either.sk <= SESSION,
        consistent_read=True,
        scan_index_forward=False,
        page_size=limit + 1,
        limit=limit + 1,
    )
    first = next(rows, None)
    if first is None or first.sk != SESSION:
        return None, []
    messages: list[Message] = []
    chars = 0
    for row in rows:
        messages.append(to_message(row))
        chars += len(messages[-1].content)
        if max_chars is not None and chars >= max_chars:
            break
    return to_session(first), messages


def find_earlier(session_id: str, before: str, limit: int) -> list[Message]:
    """Messages before that one, newest first."""
    rows = MessageItem.query(
        session_key(session_id),
        MessageItem.sk < message_sort_key(before),
        consistent_read=True,
        scan_index_forward=False,
        limit=limit,
    )
    return [to_message(row) for row in rows]


def store_message(transaction: Transaction, message: Message) -> None:
    """Add a new message; the part named like its author fails where the id exists."""
    transaction.create(message.author, to_item(message))


def delete_messages(session_id: str, limit: int) -> list[str]:
    """Remove up to `limit` messages of a session; their ids, none when nothing is left."""
    rows = list(
        MessageItem.query(
            session_key(session_id),
            MessageItem.sk.startswith("MSG#"),
            attributes_to_get=["pk", "sk"],
            consistent_read=True,
            limit=limit,
        )
    )
    with MessageItem.batch_write() as batch:
        for row in rows:
            batch.delete(row)
    return [row.sk.removeprefix("MSG#") for row in rows]


class _Either(SessionItem, MessageItem):
    """What a query over a session's whole partition gives: its sort key says which it is."""

    class Meta(TableMeta):
        table_name = TableOf("CHAT_TABLE")

    gsi1 = Gsi1()


def message_sort_key(message_id: str) -> str:
    """Where a message stands in its session's partition."""
    return f"MSG#{message_id}"


def to_item(message: Message) -> MessageItem:
    """The item of a message."""
    item = MessageItem(
        session_key(message.session_id),
        message_sort_key(message.id),
        owner_id=message.owner_id,
        author=message.author,
        content=message.content,
        status=message.status,
        created_at=message.created_at,
        model=message.model or None,
        sources=_dump(message.sources),
        heartbeat_at=message.heartbeat_at or None,
        ended_at=message.ended_at or None,
        error_code=message.error_code or None,
        reservation=message.reservation or None,
    )
    if message.usage:
        item.prompt_tokens = message.usage.prompt_tokens
        item.completion_tokens = message.usage.completion_tokens
        item.cost_micro = message.usage.cost_micro
    if message.status == "running":
        item.gsi1pk = f"RUNNING#{zlib.crc32(message.id.encode()) % RUNNING_SHARDS}"
        item.gsi1sk = message.heartbeat_at
    return item


def _dump(sources: Sequence[Source]) -> str | None:
    if not sources:
        return None
    return json.dumps([asdict(source) for source in sources], ensure_ascii=False)


def to_message(item: MessageItem) -> Message:
    """The message of an item."""
    usage = None
    if item.prompt_tokens is not None:
        usage = TurnUsage(
            int(item.prompt_tokens), int(item.completion_tokens or 0), int(item.cost_micro or 0)
        )
    return Message(
        id=item.sk.removeprefix("MSG#"),
        session_id=item.pk.removeprefix("SESSION#"),
        owner_id=item.owner_id,
        author=cast(Author, item.author),
        content=item.content,
        status=cast(Status, item.status),
        created_at=item.created_at,
        model=item.model or "",
        sources=tuple(Source(**entry) for entry in json.loads(item.sources or "[]")),
        usage=usage,
        heartbeat_at=item.heartbeat_at or "",
        ended_at=item.ended_at or "",
        error_code=item.error_code or "",
        reservation=item.reservation or "",
        stop_requested=bool(item.stop_requested),
    )
