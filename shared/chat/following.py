"""Reading the stream of an answer: from its buffer here, from the table elsewhere and later."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

from shared.chat.event_buffer import PING_SECONDS
from shared.chat.event_text import (
    PING,
    content_event,
    done_event,
    error_event,
    events_after,
    frames,
    is_last,
    opening_event,
)
from shared.chat.generation import find_running
from shared.chat.sweep import NOT_FINISHED, up_to_date
from shared.core import clock
from shared.core.errors import NotFound, ServiceUnavailable
from shared.core.threads import in_thread
from shared.data.chat_events import find_events
from shared.data.chat_messages import Message, find_message

POLL_SECONDS = 0.2
REPLAY = timedelta(hours=1)
# How many polls without news before the message itself is looked at.
_POLLS_PER_LOOK = 5


def follow(message: Message, after: int) -> AsyncIterator[bytes]:
    """Server-sent events of an answer that come after number `after`, until its last.

    Joined with those up to `after` they are the whole answer, from any cut. A stretch of 15 s
    without an event has a comment line in it.
    """
    generation = find_running(message.id)
    if generation:
        return generation.buffer.follow(after)
    return _TableReader(message, after).read()


class _TableReader:
    """Follows the event log that another process writes, or has written."""

    def __init__(self, message: Message, after: int) -> None:
        self._message, self._position = message, after
        self._spoke_at = time.monotonic()
        self._polls = 0

    async def read(self) -> AsyncIterator[bytes]:
        if self._message.status != "running" and not self._within_replay():
            yield self._rest()
            return
        while True:
            events = await in_thread(self._fresh_events)
            if events:
                yield self._frames(events)
                if is_last(events[-1]):
                    return
            elif self._message.status != "running":
                if not await in_thread(self._has_heard_last):
                    yield self._rest()
                return
            elif await self._pause():
                yield PING

    def _within_replay(self) -> bool:
        ended = self._message.ended_at
        return bool(ended) and clock.parse(ended) > clock.now() - REPLAY

    def _fresh_events(self) -> list[str]:
        groups = find_events(self._message.id, self._position)
        return events_after(groups, self._position)

    def _has_heard_last(self) -> bool:
        """Whether the reader's newest event is the log's last: nothing comes after it.

        A generator that died may have told more than reached its log, whose last event then has
        the number of a word: to its readers that one is told, if need be again.
        """
        died = self._message.status == "failed"
        if died and self._message.error_code == ServiceUnavailable.code:
            return False
        before = self._position - 1
        heard = events_after(find_events(self._message.id, before), before) if before > 0 else []
        return bool(heard) and is_last(heard[0])

    def _frames(self, events: list[str]) -> bytes:
        first = self._position + 1
        self._position += len(events)
        self._polls = 0
        self._spoke_at = time.monotonic()
        return frames(first, events)

    async def _pause(self) -> bool:
        """Wait for news, with a look at the message now and then; whether a ping is due."""
        self._polls += 1
        if self._polls % _POLLS_PER_LOOK == 0:
            await self._look()
        await asyncio.sleep(POLL_SECONDS)
        return self._is_silence()

    def _is_silence(self) -> bool:
        if time.monotonic() - self._spoke_at < PING_SECONDS:
            return False
        self._spoke_at = time.monotonic()
        return True

    async def _look(self) -> None:
        """Ends a log whose writer died, and meets an answer that ended without a log."""
        stored = await in_thread(find_message, self._message.session_id, self._message.id)
        latest = await in_thread(up_to_date, stored)
        if latest is None:  # its session was deleted
            latest = replace(self._message, status="failed", error_code=NotFound.code)
        self._message = latest

    def _rest(self) -> bytes:
        """What the saved message says to a reader, without a log.

        A reader who has some of the answer is told the whole of it in the last event, since
        nobody knows any more where its part ended.
        """
        message, position = self._message, self._position
        if position < 2:
            events = [opening_event(message.id, message.session_id)]
            if message.content:
                events.append(content_event(message.content))
            events.append(_last_event(message))
            return frames(position + 1, events[position:])
        return frames(position + 1, [_last_event(message, whole=True)])


def _last_event(message: Message, *, whole: bool = False) -> str:
    if message.status != "complete" and message.error_code:
        return error_event(message.error_code, NOT_FINISHED)
    stopped = message.status == "incomplete"
    return done_event(message, stopped=stopped, content=message.content if whole else None)
