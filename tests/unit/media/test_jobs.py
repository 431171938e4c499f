"""Jobs in parts: what is accepted, what fails, and what an id tells."""

import asyncio
from typing import Any

import pytest

from shared.ai.breaker import MemoryBreakerStore
from shared.ai.errors import (
    InvalidProviderAnswer,
    KeyExhausted,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
)
from shared.ai.guard import Guard
from shared.media.jobs import SUBMIT_SECONDS, GuardedMedia, Plan, result_id
from shared.media.port import JobState
from tests.unit.ai.fakes import FakeClock

FILTERED = ProviderRejected("p", reason="content_filtered")


class Scripted:
    """An adapter whose parts are texts; each answer is scripted by part."""

    name = "p"

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str]] = []
        self.side_by_side = self.most = 0
        self.meeting: asyncio.Barrier | None = None
        self.silent: set[str] = set()

    async def start(self, part: str, key: str) -> str:
        if part in self.silent:
            self.asked.append((part, key))
            await asyncio.Event().wait()
        self.side_by_side += 1
        self.most = max(self.most, self.side_by_side)
        if self.meeting:
            await self.meeting.wait()
        self.side_by_side -= 1
        return str(self._answer(part, key, f"id-{part}"))

    async def look(self, part_id: str, key: str) -> JobState:
        answer: JobState = self._answer(part_id, key, JobState("running"))
        return answer

    def _answer(self, name: str, key: str, default: Any) -> Any:
        self.asked.append((name, key))
        answer = self.answers.get(name, default)
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def media(
    adapter: Scripted,
    at_once: int = 1,
    *keys: str,
    start_s: float | None = None,
    submit_s: float = SUBMIT_SECONDS,
) -> GuardedMedia[str]:
    async def given() -> tuple[str, ...]:
        return keys

    guard = Guard("p", given, MemoryBreakerStore(), pause=FakeClock().pause)
    return GuardedMedia("m", adapter, guard, Plan(str.split, at_once, start_s), submit_s)


async def test_the_id_joins_the_ids_of_the_parts():
    assert await media(Scripted()).submit("a b c") == "id-a,id-b,id-c"


async def test_parts_run_side_by_side_only_as_far_as_the_plan_allows():
    alone, together = Scripted(), Scripted()
    together.meeting = asyncio.Barrier(4)

    await media(alone, 1).submit("a b c d")
    async with asyncio.timeout(30):
        await media(together, 4).submit("a b c d")

    assert (alone.most, together.most) == (1, 4)


async def test_a_part_is_tried_twice_and_no_more():
    adapter = Scripted(a=[ProviderUnavailable("p"), "id-7"])

    assert await media(adapter).submit("a") == "id-7"
    assert len(adapter.asked) == 2

    broken = Scripted(a=ProviderUnavailable("p"))
    with pytest.raises(ProviderUnavailable):
        await media(broken).submit("a")
    assert len(broken.asked) == 2


async def test_a_start_without_an_answer_is_not_repeated_since_it_may_run_all_the_same():
    adapter = Scripted()
    adapter.silent.add("a")

    with pytest.raises(ProviderTimeout) as unanswered:
        await media(adapter, start_s=0.01).submit("a")

    assert adapter.asked == [("a", "")]
    assert unanswered.value.attempts == 1
    assert not unanswered.value.retryable


async def test_a_time_out_that_the_client_tells_is_not_repeated_either():
    adapter = Scripted(a=ProviderTimeout("p"))

    with pytest.raises(ProviderTimeout):
        await media(adapter).submit("a")

    assert len(adapter.asked) == 1


async def test_a_question_without_an_answer_is_asked_again():
    adapter = Scripted(x=[ProviderTimeout("p"), JobState("running")])

    assert await media(adapter).poll("x") == JobState("running")
    assert len(adapter.asked) == 2


async def test_parts_for_which_no_time_is_left_are_not_started():
    adapter = Scripted()
    adapter.silent.add("b")

    job = await media(adapter, submit_s=0.05).submit("a b c")

    assert job == "id-a,!timeout,!timeout"
    assert [part for part, _ in adapter.asked] == ["a", "b"]


async def test_of_several_failures_the_one_that_may_have_left_a_job_is_raised():
    adapter = Scripted(a=FILTERED, b=ProviderTimeout("p"))

    with pytest.raises(ProviderTimeout):
        await media(adapter).submit("a b")


async def test_a_refused_key_moves_on_to_the_next():
    adapter = Scripted(a=[KeyExhausted("p"), "id-7"])

    assert await media(adapter, 1, "k1", "k2").submit("a") == "id-7"
    assert {key for _, key in adapter.asked} == {"k1", "k2"}


async def test_what_was_accepted_goes_on_when_another_part_was_refused():
    adapter = Scripted(b=FILTERED, **{"id-a": JobState("done", ("u",), seed=3)})
    provider = media(adapter)

    job = await provider.submit("a b")

    assert job == "id-a,!content_filtered"
    assert await provider.poll(job) == JobState("done", ("u",), "content_filtered", seed=3)


async def test_a_job_of_which_nothing_was_accepted_is_refused():
    with pytest.raises(ProviderRejected, match="content_filtered"):
        await media(Scripted(a=FILTERED, b=FILTERED)).submit("a b")


async def test_a_job_runs_until_its_last_part_has_ended():
    answers = {"x": JobState("done", ("1",)), "y": [JobState("running"), JobState("done", ("2",))]}
    provider = media(Scripted(**answers))

    assert await provider.poll("x,y") == JobState("running")
    assert await provider.poll("x,y") == JobState("done", ("1", "2"))


async def test_a_job_has_failed_when_all_its_parts_have():
    lost = JobState("failed", error_code="job_lost", error_message="expired")

    assert await media(Scripted(x=lost)).poll("x,!rate_limited") == lost


async def test_a_result_within_the_id_is_read_without_a_call():
    adapter = Scripted()
    state = JobState("done", ("https://h/一.jpeg?a=1,2",), seed=9)

    assert await media(adapter).poll(result_id(state)) == state
    assert adapter.asked == []


@pytest.mark.parametrize("text", ["=", "=abc", "=e30=", "=!!"])
async def test_an_id_that_is_not_ours_is_told_so(text: str):
    with pytest.raises(InvalidProviderAnswer):
        await media(Scripted()).poll(text)
