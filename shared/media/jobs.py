"""A job in parts, one picture each: every part guarded alone, their states made one.

The id of a job joins the ids of its parts with commas. A part that was not accepted stands there
as `!<reason>`, one that was made at once as `=<its result>`: any process can read them.
"""

import asyncio
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from shared.ai.errors import AIServiceError, InvalidProviderAnswer
from shared.ai.guard import Guard
from shared.media.port import JobState

J = TypeVar("J")
T = TypeVar("T")
J_contra = TypeVar("J_contra", contravariant=True)
_REFUSED = "!"
_RESULT = "="


class MediaAdapter(Protocol[J_contra]):
    """One service's client for one model: single calls, with the key given."""

    @property
    def name(self) -> str: ...

    async def start(self, part: J_contra, key: str) -> str:
        """Start one part; gives its id, or `result_id` where the service works at once."""
        ...

    async def look(self, part_id: str, key: str) -> JobState:
        """Where that part stands."""
        ...


@dataclass(frozen=True, slots=True)
class Plan(Generic[J]):
    """How jobs of a model are made: their parts, and how many of them run side by side.

    `split` raises `AIServiceError` for what the model cannot make.
    """

    split: Callable[[J], Sequence[J]]
    at_once: int = 1


class GuardedMedia(Generic[J]):
    """An `ImageProvider` or `VideoProvider` out of an adapter and its guard."""

    def __init__(self, model: str, adapter: MediaAdapter[J], guard: Guard, plan: Plan[J]) -> None:
        self.name = adapter.name
        self._model = model
        self._adapter = adapter
        self._guard = guard
        self._plan = plan

    async def submit(self, job: J) -> str:
        """Start all parts; raises the first error when none was accepted."""
        parts = self._plan.split(job)
        turns = asyncio.Semaphore(self._plan.at_once)
        tried = await asyncio.gather(*(self._start(part, turns) for part in parts))
        errors = [result for result in tried if isinstance(result, AIServiceError)]
        if len(errors) == len(tried):
            raise errors[0]
        return ",".join(map(_part_id, tried))

    async def poll(self, provider_task_id: str) -> JobState:
        """The state of the parts taken together: running until all have ended."""
        parts = provider_task_id.split(",")
        return _together(await asyncio.gather(*map(self._look, parts)))

    async def _start(self, part: J, turns: asyncio.Semaphore) -> str | AIServiceError:
        async with turns:
            try:
                return await self._guarded("submit", partial(self._adapter.start, part))
            except AIServiceError as error:
                return error

    async def _look(self, part_id: str) -> JobState:
        if part_id.startswith(_REFUSED):
            return JobState("failed", error_code=part_id.removeprefix(_REFUSED))
        if part_id.startswith(_RESULT):
            return _read_result(self.name, part_id)
        return await self._guarded("poll", partial(self._adapter.look, part_id))

    async def _guarded(self, operation: str, call: Callable[[str], Awaitable[T]]) -> T:
        return await self._guard.call(operation, self._model, call, self._guard.timeout_s)


def result_id(state: JobState) -> str:
    """The id of a part that has ended already: its state in text, packed."""
    text = json.dumps(asdict(state), ensure_ascii=False, separators=(",", ":"))
    return _RESULT + urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode()


def _read_result(provider: str, part_id: str) -> JobState:
    try:
        packed = urlsafe_b64decode(part_id.removeprefix(_RESULT))
        fields = json.loads(zlib.decompress(packed))
        return JobState(**{**fields, "urls": tuple(fields["urls"])})
    except (ValueError, zlib.error, KeyError, TypeError) as error:
        raise InvalidProviderAnswer(provider, "no id of ours", retryable=False) from error


def _part_id(result: str | AIServiceError) -> str:
    return result if isinstance(result, str) else _REFUSED + result.reason


def _together(states: Sequence[JobState]) -> JobState:
    if any(state.status == "running" for state in states):
        return JobState("running")
    made = [state for state in states if state.status == "done"]
    told = next((state for state in states if state.error_code), JobState("done"))
    return JobState(
        "done" if made else "failed",
        urls=tuple(url for state in made for url in state.urls),
        error_code=told.error_code,
        error_message=told.error_message,
        seed=next((state.seed for state in made if state.seed is not None), None),
    )
