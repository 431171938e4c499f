"""Events of a stream: their JSON texts, and how they stand on the wire (contract chat.md, Stream).

An event is kept as its JSON text, one line; its number is its place in the stream, from 1.
"""

import json
from collections.abc import Iterable, Sequence

from shared.chat.views import source_view, usage_view
from shared.core import context
from shared.core.text import Text
from shared.data.chat_events import EventGroup
from shared.data.chat_messages import Message, TurnUsage

PING = b": ping\n\n"
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": "))
_encode_text = _ENCODER.encode  # a C function for a plain text: this runs once per delta
_DONE = '{"done"'
_ERROR = '{"error"'


def opening_event(message_id: str, session_id: str) -> str:
    """The first event of every stream."""
    return _ENCODER.encode({"message_id": message_id, "session_id": session_id})


def content_event(text: str) -> str:
    """A piece of the answer."""
    return '{"content": ' + _encode_text(text) + "}"


def tool_event(name: str, status: str) -> str:
    """Around a skill call: `running`, then `done`."""
    return _ENCODER.encode({"tool": {"name": name, "status": status}})


def done_event(message: Message, *, stopped: bool = False, content: str | None = None) -> str:
    """The last event of an answer that ended well or was stopped.

    `content` is the whole answer, for a reader whose own part of it is not known.
    """
    event: dict[str, object] = {"done": True}
    if stopped:
        event["stopped"] = True
    event["message_id"] = message.id
    if content is not None:
        event["content"] = content
    event["sources"] = [source_view(source) for source in message.sources]
    event["usage"] = usage_view(message.usage or TurnUsage())
    return _ENCODER.encode(event)


def error_event(code: str, message: Text) -> str:
    """The last event of an answer that failed, in the language of the request in hand."""
    text = message.of(context.current().language)
    return _ENCODER.encode({"error": {"code": code, "message": text}})


def is_last(event: str) -> bool:
    """Whether nothing follows this event."""
    return event.startswith((_DONE, _ERROR))


def content_of(event: str) -> str:
    """The piece of the answer in an event; "" in one of another kind."""
    if not event.startswith('{"content"'):
        return ""
    text: str = json.loads(event)["content"]
    return text


def frames(first: int, events: Iterable[str]) -> bytes:
    """Server-sent events as bytes, numbered from `first`."""
    return "".join(
        [f"id: {number}\ndata: {event}\n\n" for number, event in enumerate(events, first)]
    ).encode()


def events_after(groups: Sequence[EventGroup], after: int) -> list[str]:
    """The events that follow number `after` without a gap; groups may overlap."""
    found: list[str] = []
    for group in groups:
        missing = after + len(found) + 1 - group.first
        if missing < 0:
            break
        found += group.events[missing:]
    return found
