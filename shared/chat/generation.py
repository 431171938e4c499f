"""An answer in the making: a task of its own, whoever is listening.

It is kept by `running` until it is saved, so neither a lost connection nor a forgotten reference
ends it; what ends it early is `interrupt`.
"""

import asyncio

from shared.ai.errors import ProviderTimeout
from shared.chat.ending import Ending, save_end
from shared.chat.event_buffer import EventBuffer
from shared.chat.event_text import done_event, error_event, opening_event
from shared.chat.prompt import Prompt
from shared.chat.rounds import Ask, Rounds
from shared.chat.turn import Turn
from shared.chat.watch import Cause, Watch
from shared.core.errors import AppError, NotFound, ServiceUnavailable
from shared.core.observability import get_logger
from shared.core.threads import in_thread
from shared.data.chat_messages import Message

_running: dict[str, "Generation"] = {}


def find_running(message_id: str) -> "Generation | None":
    """The answer of that id, if this process is making it."""
    return _running.get(message_id)


async def end_all() -> None:
    """Save every answer as far as it is: the process is about to go."""
    generations = list(_running.values())
    for generation in generations:
        generation.interrupt("shutdown")
    await asyncio.gather(*(generation.finished() for generation in generations))


class Generation:
    """Makes one answer and saves it.

    Args:
        turn: opened, so its answer is `running` in the table.
        prompt: planned with the turn.
        ask: how the model is called (shared/chat/rounds.py).
        streamed: whether its events are written for readers elsewhere.
        limit_seconds: after which the answer ends with what there is.
    """

    def __init__(
        self, turn: Turn, prompt: Prompt, ask: Ask, *, streamed: bool, limit_seconds: float
    ) -> None:
        self.buffer = EventBuffer()
        self.buffer.append(opening_event(turn.answer.id, turn.session.id))
        self.answer: Message = turn.answer
        self.error: AppError | None = None
        self._turn, self._limit = turn, limit_seconds
        self._rounds = Rounds(turn, prompt, ask, self.buffer.append)
        events = self.buffer if streamed else None
        self._watch = Watch(turn.answer, events, self.interrupt, lambda: len(_running))
        self._cause: Cause | None = None
        self._work: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in a task that the caller's end does not touch."""
        _running[self.answer.id] = self
        self._work = asyncio.create_task(self._rounds.run())
        self._task = asyncio.create_task(self._run())

    def interrupt(self, cause: Cause) -> None:
        """End the answer now: the provider's connection is closed, no more of it is read."""
        if self._cause is None and self._work and not self._work.done():
            self._cause = cause
            self._work.cancel()

    async def finished(self) -> Message:
        """The answer once it is saved; the caller may be cancelled, the answer goes on."""
        if self._task:
            await asyncio.shield(self._task)
        return self.answer

    async def _run(self) -> None:
        watching = asyncio.create_task(self._watch.run())
        timer = asyncio.get_running_loop().call_later(self._limit, self.interrupt, "late")
        try:
            if self._work:
                await asyncio.wait((self._work,))
            timer.cancel()
            self._watch.end()
            await watching
            await self._save()
        except Exception:
            # Nobody awaits this task: the line is all that would tell. Without signs of life
            # the message becomes failed within a minute.
            get_logger().exception("answer not saved", extra={"message_id": self.answer.id})
            self.error = self.error or AppError()
            self.buffer.append(error_event(self.error.code, self.error.message))
        finally:
            self.buffer.close()
            _running.pop(self.answer.id, None)

    async def _save(self) -> None:
        self.error = self._judge()
        progress = self._rounds.progress
        if self._cause == "lost":
            self.error = NotFound()
        ending = Ending.of(self._turn, progress, error=self.error, stopped=self._stopped)
        last = (
            error_event(self.error.code, self.error.message)
            if self.error
            else done_event(ending.answer, stopped=self._stopped)
        )
        saved = await in_thread(save_end, self._turn, ending, self._watch.rest(last))
        if not saved and self.error is None:
            self.error = NotFound()
            last = error_event(self.error.code, self.error.message)
        self.answer = ending.answer
        self.buffer.append(last)

    @property
    def _stopped(self) -> bool:
        return self._cause == "stopped"

    def _judge(self) -> AppError | None:
        """Why the answer is not whole; None for one that is, or that its reader stopped."""
        if self._work is None or self._stopped:
            return None
        if self._work.cancelled():
            if self._cause == "late":
                return ProviderTimeout(self._turn.provider.name)
            return ServiceUnavailable()
        error = self._work.exception()
        if error is None or isinstance(error, AppError):
            return error
        get_logger().error("answer broke", exc_info=error)
        return AppError()
