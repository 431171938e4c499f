"""The ASGI app that `run.sh` serves; on the emulator, which runs no wrapper, a Lambda handler."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from types import FrameType
from typing import Any

from fastapi import FastAPI

from functions.chat_stream.routes import router
from shared.chat.generation import end_all
from shared.http.app import LambdaHandler, create_app, lambda_handler

_PRELUDE_END = "\0" * 8


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Saves running answers when the process is told to go, and at the latest when it goes.

    The server itself waits for its responses on SIGTERM, and those wait for the answers: they
    have to be ended first.
    """
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGTERM)
    ending: list[asyncio.Task[None]] = []

    def begin_to_end() -> None:
        ending.append(asyncio.create_task(end_all()))

    def on_signal(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(begin_to_end)
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, on_signal)
    try:
        yield
    finally:
        await end_all()


app = create_app("chat_stream", [router])
app.router.lifespan_context = _lifespan


@cache
def _whole() -> LambdaHandler:
    """Made on demand: it says that the process serves one request at a time, a server does not."""
    return lambda_handler(app)


def sh(event: dict[str, Any], context: Any) -> str:
    """What the emulator finds for the handler `run.sh`: the answer in one piece.

    Its form is that of a streamed answer: head as JSON, eight zero bytes, body.
    """
    reply = _whole()(event, context)
    head = {name: reply[name] for name in ("statusCode", "headers", "cookies") if name in reply}
    return f"{json.dumps(head)}{_PRELUDE_END}{reply.get('body', '')}"
