"""The events of an answer in the process that makes it; readers here follow without polling."""

import asyncio
from collections.abc import AsyncIterator

from shared.chat.event_text import PING, frames

PING_SECONDS = 15.0


class EventBuffer:
    """All events so far. One writer, any number of readers, one event loop."""

    def __init__(self) -> None:
        self._events: list[str] = []
        self._closed = False
        self._news: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._events)

    def append(self, event: str) -> None:
        """Add an event and wake the readers."""
        self._events.append(event)
        if self._news is not None:
            self._wake()

    def close(self) -> None:
        """No event will follow."""
        self._closed = True
        if self._news is not None:
            self._wake()

    def after(self, number: int) -> tuple[str, ...]:
        """The events after that number."""
        return tuple(self._events[number:])

    async def follow(
        self, after: int, *, ping_seconds: float = PING_SECONDS
    ) -> AsyncIterator[bytes]:
        """Events after that number as they come, those at hand in one piece, until the last."""
        position = after
        while True:
            if position < len(self._events):
                fresh = self._events[position:]
                first, position = position + 1, len(self._events)
                yield frames(first, fresh)
            elif self._closed:
                return
            elif not await self._wait(ping_seconds):
                yield PING

    async def _wait(self, seconds: float) -> bool:
        """Whether something came within that time."""
        if self._news is None:
            self._news = asyncio.get_running_loop().create_future()
        done, _ = await asyncio.wait((self._news,), timeout=seconds)
        return bool(done)

    def _wake(self) -> None:
        news, self._news = self._news, None
        if news is not None and not news.done():
            news.set_result(None)
