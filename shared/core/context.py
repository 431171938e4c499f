"""What belongs to the request in hand, wherever the code is: its id and its language."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass

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


def enter(context: RequestContext) -> Token[RequestContext | None]:
    """Put the context in force; give the answer to `leave`."""
    return _current.set(context)


def leave(token: Token[RequestContext | None]) -> None:
    """Put the context before `enter` back in force."""
    _current.reset(token)


@contextmanager
def entered(request_id: str) -> Iterator[None]:
    """All of the block belongs to that request, message or step."""
    token = enter(RequestContext(request_id))
    try:
        yield
    finally:
        leave(token)
