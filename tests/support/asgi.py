"""Requests to an ASGI app whose answers are read as they come, as uvicorn would deliver them."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message


@dataclass
class Events:
    """Server-sent events heard so far."""

    ids: list[int] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def hear(self, text: str) -> None:
        for block in filter(None, text.split("\n\n")):
            if block.startswith(":"):
                self.comments.append(block)
                continue
            number, data = block.split("\n")
            self.ids.append(int(number.removeprefix("id: ")))
            self.events.append(json.loads(data.removeprefix("data: ")))

    @property
    def content(self) -> str:
        return "".join(event.get("content", "") for event in self.events if "done" not in event)

    @property
    def last(self) -> dict[str, Any]:
        return self.events[-1]

    @property
    def message_id(self) -> str:
        return str(self.events[0]["message_id"])


class Exchange:
    """One request. What is sent after `leave` goes nowhere."""

    def __init__(self, app: ASGIApp, scope: dict[str, Any], body: bytes) -> None:
        self.heard = Events()
        self._sent: asyncio.Queue[Message] = asyncio.Queue()
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._to_app.put_nowait({"type": "http.request", "body": body, "more_body": False})
        self.running = asyncio.create_task(app(scope, self._to_app.get, self._send))
        self._head: Message = {}
        self._left = False

    async def _send(self, message: Message) -> None:
        if not self._left:
            await self._sent.put(message)

    async def begin(self) -> "Exchange":
        self._head = await asyncio.wait_for(self._sent.get(), 20)
        return self

    @property
    def status(self) -> int:
        return int(self._head["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self._head["headers"]}

    def leave(self) -> None:
        """The client is gone."""
        self._left = True
        self._to_app.put_nowait({"type": "http.disconnect"})

    async def pieces(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await asyncio.wait_for(self._sent.get(), 20)
            more = message.get("more_body", False)
            if message.get("body"):
                yield message["body"]

    async def until(self, count: int) -> Events:
        """What was heard once there are so many events."""
        async for piece in self.pieces():
            self.heard.hear(piece.decode())
            if len(self.heard.events) >= count:
                break
        return self.heard

    async def rest(self) -> Events:
        """All events, once the stream has ended."""
        async for piece in self.pieces():
            self.heard.hear(piece.decode())
        await self.running
        return self.heard

    async def body(self) -> dict[str, Any]:
        """The JSON body of an answer that is no stream."""
        whole = b"".join([piece async for piece in self.pieces()])
        await self.running
        parsed: dict[str, Any] = json.loads(whole)
        return parsed


@dataclass(frozen=True)
class AsgiClient:
    """One caller of an app."""

    app: ASGIApp
    credential: str | None

    async def open(self, method: str, path: str, body: Any = None, **headers: str) -> Exchange:
        """The exchange once its answer has begun."""
        raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["accept"] = "text/event-stream"
        if body is not None:
            sent["content-type"] = "application/json"
        if self.credential:
            sent["authorization"] = f"Bearer {self.credential}"
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            "client": ("203.0.113.7", 1234),
            "server": ("test", 80),
            "scheme": "http",
            "root_path": "",
        }
        return await Exchange(self.app, scope, raw).begin()
