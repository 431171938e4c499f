"""What the simulator is told to do, and what it has seen (`/_control`)."""

import asyncio
import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

MODES = (
    "ok", "slow", "401", "402", "403", "404", "429", "500", "503", "reset", "silence", "stall",
    "cut", "invalid-json", "blank", "error-event", "keep-alive", "tools", "tools-loop", "fast",
)  # fmt: skip
_OF_MODEL = re.compile(rf"sim-(?P<mode>{'|'.join(MODES)})(?:-(?P<number>\d+))?")
_KEPT_STREAMS = 50


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one request is answered; times in milliseconds."""

    mode: str = "ok"
    first_ms: float = 0.0
    chunk_ms: float = 0.0
    chunks: int = 0
    retry_after: str = "1"
    content: str = ""


@dataclass(slots=True)
class Stream:
    """What became of one stream."""

    model: str
    chunks: int = 0
    state: str = "open"


@dataclass(slots=True)
class Control:
    """The state of the server; a scripted behaviour stands before what a model's name says."""

    standard: Behaviour = field(default_factory=Behaviour)
    scripted: deque[Behaviour] = field(default_factory=deque)
    requests: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    streams: deque[Stream] = field(default_factory=lambda: deque(maxlen=_KEPT_STREAMS))
    connections: set[int] = field(default_factory=set)
    ports: set[int] = field(default_factory=set)
    bodies: deque[Any] = field(default_factory=lambda: deque(maxlen=_KEPT_STREAMS))
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def behaviour(self, model: str) -> Behaviour:
        """How the next request for that model is answered; uses up one scripted turn."""
        if self.scripted:
            return self.scripted.popleft()
        match = _OF_MODEL.fullmatch(model)
        if not match:
            return self.standard
        number = int(match["number"] or 0)
        if match["mode"] == "slow":
            pace = float(number or 100)
            return Behaviour("ok", first_ms=pace * 5, chunk_ms=pace)
        return Behaviour(match["mode"], self.standard.first_ms, self.standard.chunk_ms, number)

    def instruct(self, order: dict[str, Any]) -> None:
        """Take an order of `POST /_control`.

        `{"reset": true}` forgets everything; `{"contents": [...]}` scripts what the next chat
        completions say; `{"mode", "times", first_ms, chunk_ms, chunks, retry_after}` scripts the
        next `times` requests, or all that follow without `times`.

        Raises:
            ValueError: an unknown mode or a value of the wrong type.
        """
        if order.get("reset"):
            self._forget()
        self.scripted.extend(Behaviour(content=str(text)) for text in order.get("contents", ()))
        named = {"mode", "first_ms", "chunk_ms", "chunks", "retry_after"} & order.keys()
        if not named:
            return
        mode = str(order.get("mode", "ok"))
        if mode not in MODES:
            raise ValueError(f"mode is one of {', '.join(MODES)}")
        behaviour = Behaviour(
            mode,
            first_ms=float(order.get("first_ms", 2000 if mode == "slow" else 0)),
            chunk_ms=float(order.get("chunk_ms", 100 if mode == "slow" else 0)),
            chunks=int(order.get("chunks", 0)),
            retry_after=str(order.get("retry_after", "1")),
        )
        times = int(order.get("times", 0))
        if times:
            self.scripted.extend([behaviour] * times)
        else:
            self.standard = behaviour

    def report(self) -> dict[str, Any]:
        """What `GET /_control` shows."""
        return {
            "requests": dict(self.requests),
            "keys": dict(self.keys),
            "open_connections": len(self.connections),
            "client_ports": len(self.ports),
            "open_streams": sum(stream.state == "open" for stream in self.streams),
            "streams": [asdict(stream) for stream in self.streams],
            "last_body": self.bodies[-1] if self.bodies else None,
            "scripted": len(self.scripted),
            "mode": self.standard.mode,
        }

    @contextmanager
    def stream(self, model: str) -> Iterator[Stream]:
        """The record of a stream that is being sent."""
        record = Stream(model)
        self.streams.append(record)
        try:
            yield record
        finally:
            if record.state == "open":
                record.state = "closed by client"

    def _forget(self) -> None:
        self.standard = Behaviour()
        for kept in (
            self.scripted,
            self.requests,
            self.keys,
            self.streams,
            self.bodies,
            self.ports,
        ):
            kept.clear()
