"""The events of an answer in the process that makes it; readers here follow without polling."""

import asyncio
from collections.abc import AsyncIterator

from shared.chat.event_text import PING, frames

PING_SECONDS = 15.0
# A model faster than this is sent in groups: a write per piece costs more than making the piece.
GAP_SECONDS = 0.005


class EventBuffer:
    """All events so far. One writer, any number of readers, one event loop."""

    def __init__(self) -> None:
        self._events: list[str] = []
        self._closed = False
        self._waiting: list[asyncio.Future[bool]] = []

    def __len__(self) -> int:
        return len(self._events)

    def append(self, event: str) -> None:
        """Add an event and wake the readers."""
        self._events.append(event)
        if self._waiting:
            self._wake()

    def close(self) -> None:
        """No event will follow."""
        self._closed = True
        self._wake()

    def after(self, number: int) -> tuple[str, ...]:
        """The events after that number."""
        return tuple(self._events[number:])

    async def follow(
        self, after: int, *, ping_seconds: float = PING_SECONDS
    ) -> AsyncIterator[bytes]:
        """Events after that number as they come, those at hand in one piece, until the last."""
        clock = asyncio.get_running_loop().time
        position, quiet_until = after, 0.0
        while True:
            if position < len(self._events):
                if not self._closed and (early := quiet_until - clock()) > 0:
                    await asyncio.sleep(early)
                fresh = self._events[position:]
                first, position = position + 1, len(self._events)
                yield frames(first, fresh)
                if first > 1:  # the first words do not wait for the opening event
                    quiet_until = clock() + GAP_SECONDS
            elif self._closed:
                return
            elif not await self._news(ping_seconds):
                yield PING

    async def _news(self, seconds: float) -> bool:
        """Whether something came within that time."""
        loop = asyncio.get_running_loop()
        news: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(news)
        timer = loop.call_later(seconds, _settle, news, False)
        try:
            return await news
        finally:
            timer.cancel()
            if news in self._waiting:
                self._waiting.remove(news)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for news in waiting:
            _settle(news, True)


def _settle(news: asyncio.Future[bool], came: bool) -> None:
    if not news.done():
        news.set_result(came)
