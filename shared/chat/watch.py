"""Beside a running answer: its events go to the table, it gives signs of life, it hears a stop."""

import asyncio
from collections.abc import Callable
from typing import Literal

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from shared.chat.event_buffer import EventBuffer
from shared.core import clock
from shared.core.observability import get_logger
from shared.core.threads import in_thread
from shared.data.chat_events import EventGroup, store_events
from shared.data.chat_messages import Message, find_message
from shared.data.chat_running import note_sign_of_life

FLUSH_SECONDS = 0.25
# A process with hundreds of answers writes each less often, so that its loop stays free.
FLUSH_SECONDS_PER_ANSWER = 0.004
SIGN_OF_LIFE_SECONDS = 5.0
# Nothing is written for a whole answer, so its looks cost only a small read each.
STOP_SECONDS = 0.5
GROUP_CHARS = 80_000  # at most 320 KB of UTF-8, below an item's 400 KB
Cause = Literal["stopped", "lost", "shutdown", "late"]
_STORE_FAILURES = (PynamoDBException, BotoCoreError)


class Watch:
    """The companion of one answer.

    Args:
        answer: the running message.
        buffer: its events; None for an answer that is not streamed: then only signs of life are
            given and a stop is heard.
        interrupt: called once with the cause when the answer must end.
        crowd: how many answers this process is making.
    """

    def __init__(
        self,
        answer: Message,
        buffer: EventBuffer | None,
        interrupt: Callable[[Cause], None],
        crowd: Callable[[], int],
    ) -> None:
        self._answer, self._buffer = answer, buffer
        self._interrupt, self._crowd = interrupt, crowd
        self._over = asyncio.Event()
        self._alive_at = clock.timestamp()
        self.flushed = 0

    async def run(self) -> None:
        """Work until `end`, then write what the end's transaction has no room for."""
        while not await self._ended_within(self._pause()):
            try:
                await self._look()
            except _STORE_FAILURES:
                # The next look writes what this one could not.
                get_logger().warning("events not written", exc_info=True)
        while (group := self._next_group()) and group.last < self._at_hand():
            await in_thread(store_events, self._answer.id, group)
            self.flushed = group.last

    def end(self) -> None:
        """Stop after the write in hand."""
        self._over.set()

    def rest(self, last: str) -> EventGroup | None:
        """What no write has yet, with the last event: it goes into the end's transaction."""
        if self._buffer is None:
            return None
        return EventGroup(self.flushed + 1, (*self._buffer.after(self.flushed), last))

    def _pause(self) -> float:
        if self._buffer is None:
            return STOP_SECONDS
        return FLUSH_SECONDS + FLUSH_SECONDS_PER_ANSWER * self._crowd()

    async def _ended_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._over.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _look(self) -> None:
        group = self._next_group()
        now = clock.timestamp()
        due = now - self._alive_at >= SIGN_OF_LIFE_SECONDS - FLUSH_SECONDS
        stored = await in_thread(_write_and_read, self._answer, group, sign_of_life=due)
        if group:
            self.flushed = group.last
        if due:
            self._alive_at = now
        if stored is None or stored.status != "running":
            self._interrupt("lost")
        elif stored.stop_requested:
            self._interrupt("stopped")

    def _at_hand(self) -> int:
        return 0 if self._buffer is None else len(self._buffer)

    def _next_group(self) -> EventGroup | None:
        if self._buffer is None:
            return None
        fresh = self._buffer.after(self.flushed)
        chars = 0
        for count, event in enumerate(fresh):
            chars += len(event) + 1
            if chars > GROUP_CHARS and count:
                fresh = fresh[:count]
                break
        return EventGroup(self.flushed + 1, fresh) if fresh else None


def _write_and_read(
    answer: Message, group: EventGroup | None, *, sign_of_life: bool
) -> Message | None:
    if group:
        store_events(answer.id, group)
    if sign_of_life:
        return note_sign_of_life(answer.session_id, answer.id)
    return find_message(answer.session_id, answer.id)
