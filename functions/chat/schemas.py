"""Bodies of the chat API, in and out (contract chat.md)."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.chat.views import message_view, source_view, usage_view
from shared.core import clock
from shared.data.chat_messages import Message, TurnUsage
from shared.data.chat_sessions import Mode, Session

Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class NewSession(_Body):
    """A session to be made; without a title its first message makes one."""

    role_id: Annotated[str, Field(min_length=1, max_length=64)]
    title: Title | None = None
    mode: Mode = "chat"


class TitleChange(_Body):
    """A new title; an empty one lets the next message make one."""

    title: Title


def created_body(session: Session) -> dict[str, Any]:
    """A session as its creation shows it."""
    return {
        "id": session.id,
        "role_id": session.role_id,
        "role_name": session.role_name,
        "title": session.title,
        "mode": session.mode,
        "created_at": clock.to_wire(session.created_at),
    }


def session_body(session: Session) -> dict[str, Any]:
    """A session without its messages."""
    return {
        **created_body(session),
        "message_count": session.message_count,
        "updated_at": clock.to_wire(session.updated_at),
    }


def listed_body(session: Session) -> dict[str, Any]:
    """A session as lists show it."""
    return {**session_body(session), "last_message": session.last_message}


def detail_body(session: Session, messages: Sequence[Message], has_more: bool) -> dict[str, Any]:
    """A session with some of its messages, oldest first."""
    return {
        **listed_body(session),
        "messages": [message_view(message) for message in messages],
        "has_more": has_more,
    }


def answer_body(answer: Message, role_id: str) -> dict[str, Any]:
    """The answer to a message that was sent."""
    return {
        "message_id": answer.id,
        "content": answer.content,
        "sources": [source_view(source) for source in answer.sources],
        "role_id": role_id,
        "session_id": answer.session_id,
        "status": answer.status,
        "usage": usage_view(answer.usage or TurnUsage()),
        "created_at": clock.to_wire(answer.created_at),
    }
