"""A scripted OpenAI-compatible server behind httpx's MockTransport: no socket is opened."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx

from shared.ai.openai_compatible import OpenAICompatible
from shared.ai.port import ChatRequest, Message

SAMPLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "support" / "vectors" / "openai_samples.json").read_text("utf-8")
)
REQUEST = ChatRequest("sim-model", (Message("user", "hi"),))
DONE = b"data: [DONE]\n\n"
KEY = "sk-test-0001"


class Chunks(httpx.AsyncByteStream):
    """A body in pieces, perhaps with a failure after them; knows how far it was read."""

    def __init__(self, pieces: list[bytes], failure: Exception | None = None) -> None:
        self.pieces = pieces
        self.failure = failure
        self.read = 0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.read += 1
            yield piece
        if self.failure:
            raise self.failure

    async def aclose(self) -> None:
        self.closed = True


Answer = Callable[[httpx.Request], httpx.Response]


def provider(answer: Answer, **options: Any) -> OpenAICompatible:
    """An adapter whose server is that function."""
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return OpenAICompatible("p", "http://p.example/v1", client=lambda: client, **options)


def always(status: int, body: Any, headers: dict[str, str] | None = None) -> Answer:
    """The same answer to everything; a body that is no bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda _: httpx.Response(status, content=content, headers=headers)


def streaming(body: Chunks) -> Answer:
    """A stream."""
    headers = {"Content-Type": "text/event-stream"}
    return lambda _: httpx.Response(200, headers=headers, stream=body)


def event(payload: Any) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(payload, ensure_ascii=False).encode() + b"\n\n"


def delta(text: str | None = None, finish: str | None = None, **more: Any) -> bytes:
    """One chunk of a chat completion."""
    piece = {**({} if text is None else {"content": text}), **more}
    return event({"choices": [{"index": 0, "delta": piece, "finish_reason": finish}]})


def error_body(code: str | None = None, kind: str = "invalid_request_error") -> dict[str, Any]:
    """An error as the protocol has it."""
    return {"error": {"message": "m", "type": kind, "param": None, "code": code}}


def sample(name: str) -> list[bytes]:
    """The events of a sample stream, `[DONE]` included."""
    return [*map(event, SAMPLES[name]), DONE]
