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

from shared.ai.errors import AIServiceError, InvalidProviderAnswer, ProviderTimeout
from shared.ai.guard import Guard
from shared.media.port import JobState

J = TypeVar("J")
T = TypeVar("T")
J_contra = TypeVar("J_contra", contravariant=True)

SUBMIT_SECONDS = 90.0
"""All parts of a job are submitted within: the media worker has 120 s (docs/decisions/0110)."""

ASK_SECONDS = 30.0
"""Of each question where a job stands, whatever a provider's own limit (contract retry.md)."""

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
    """How jobs of a model are made.

    Attributes:
        split: a job's parts; raises `AIServiceError` for what the model cannot make.
        at_once: how many of them run side by side.
        start_s: what starting a part may take; None for the provider's limit.
    """

    split: Callable[[J], Sequence[J]]
    at_once: int = 1
    start_s: float | None = None


class GuardedMedia(Generic[J]):
    """An `ImageProvider` or `VideoProvider` out of an adapter and its guard.

    Args:
        submit_s: seconds for all parts of a job together.
    """

    def __init__(
        self,
        model: str,
        adapter: MediaAdapter[J],
        guard: Guard,
        plan: Plan[J],
        submit_s: float = SUBMIT_SECONDS,
    ) -> None:
        self.name = adapter.name
        self._model = model
        self._adapter = adapter
        self._guard = guard
        self._plan = plan
        self._submit_s = submit_s

    async def submit(self, job: J) -> str:
        """Start all parts.

        Raises the first error when none was accepted, one after which a part may run all the
        same before the others.
        """
        parts = self._plan.split(job)
        turns = asyncio.Semaphore(self._plan.at_once)
        ends = asyncio.get_running_loop().time() + self._submit_s
        tried = await asyncio.gather(*(self._start(part, turns, ends) for part in parts))
        errors = [result for result in tried if isinstance(result, AIServiceError)]
        if len(errors) == len(tried):
            raise next((error for error in errors if error.outage), errors[0])
        return ",".join(map(_part_id, tried))

    async def poll(self, provider_task_id: str) -> JobState:
        """The state of the parts taken together: running until all have ended."""
        parts = provider_task_id.split(",")
        return _together(await asyncio.gather(*map(self._look, parts)))

    async def _start(self, part: J, turns: asyncio.Semaphore, ends: float) -> str | AIServiceError:
        async with turns:
            if asyncio.get_running_loop().time() >= ends:
                return ProviderTimeout(self.name, "no time was left to submit it")
            try:
                async with asyncio.timeout_at(ends):
                    return await self._guarded("submit", partial(self._start_once, part), None)
            except TimeoutError:
                return ProviderTimeout(self.name, "not accepted in time")
            except AIServiceError as error:
                return error

    async def _start_once(self, part: J, key: str) -> str:
        """One attempt. A time-out is not retried: the service has the request, and most likely
        works on it, so a second one would be a second job (docs/decisions/0110).
        """
        limit = self._plan.start_s or self._guard.timeout_s
        try:
            async with asyncio.timeout(limit):
                return await self._adapter.start(part, key)
        except (TimeoutError, ProviderTimeout) as error:
            detail = f"no answer within {limit:g} s"
            raise ProviderTimeout(self.name, detail, retryable=False) from error

    async def _look(self, part_id: str) -> JobState:
        if part_id.startswith(_REFUSED):
            return JobState("failed", error_code=part_id.removeprefix(_REFUSED))
        if part_id.startswith(_RESULT):
            return _read_result(self.name, part_id)
        limit = min(ASK_SECONDS, self._guard.timeout_s)
        return await self._guarded("poll", partial(self._adapter.look, part_id), limit)

    async def _guarded(
        self, operation: str, call: Callable[[str], Awaitable[T]], limit_s: float | None
    ) -> T:
        return await self._guard.call(operation, self._model, call, limit_s)


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
