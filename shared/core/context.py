"""What belongs to the request in hand, wherever the code is: its id and its language."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from shared.core.text import Language


@dataclass(slots=True)
class RequestContext:
    """One request, queue message or workflow step."""

    request_id: str
    language: Language = "zh"
    user_id: str | None = None
    operation_id: str | None = None


_current: ContextVar[RequestContext | None] = ContextVar("rolecraft_request", default=None)
_nobody = RequestContext(request_id="-")


def current() -> RequestContext:
    """The context in force; a placeholder with request id `-` outside of one."""
    return _current.get() or _nobody


def enter(context: RequestContext) -> Any:
    """Put the context in force; give the answer to `leave`."""
    return _current.set(context)


def leave(token: Any) -> None:
    """Put the context before `enter` back in force."""
    _current.reset(token)
