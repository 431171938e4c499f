"""Retry, breaker, keys and limits around a provider, with a scripted adapter."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest

from shared.ai.breaker import MemoryBreakerStore
from shared.ai.errors import (
    AIServiceError,
    CircuitOpen,
    InvalidProviderAnswer,
    KeyExhausted,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimitExceeded,
)
from shared.ai.guard import Guard, GuardedChat, GuardedEmbeddings
from shared.ai.port import (
    ChatRequest,
    Completion,
    Embeddings,
    Finished,
    Message,
    StreamEvent,
    TextDelta,
    Usage,
)
from shared.core import clock
from tests.unit.ai.fakes import FakeClock

REQUEST = ChatRequest("m", (Message("user", "hi"),))
DONE = Finished("stop", Usage(1, 1))
ANSWER = Completion("hello", "stop", Usage(1, 1))


class Scripted:
    """An adapter that does what its script says, call by call; then answers."""

    name = "p"

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.keys: list[str] = []
        self.closed = 0

    def next(self, key: str) -> Any:
        self.keys.append(key)
        return self.script.pop(0) if self.script else None

    async def complete(self, request: ChatRequest, key: str) -> Completion:
        step = self.next(key)
        if step == "hang":
            await asyncio.Event().wait()
        if isinstance(step, Exception):
            raise step
        return ANSWER

    async def stream(self, request: ChatRequest, key: str) -> AsyncGenerator[StreamEvent, None]:
        events = self.next(key) or [TextDelta("hello"), DONE]
        try:
            for event in events:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed += 1

    async def embed(self, model: str, texts: list[str], key: str) -> Embeddings:
        await self.complete(REQUEST, key)
        return Embeddings([[1.0] for _ in texts], Usage(len(texts), 0))


@pytest.fixture
def time() -> Iterator[FakeClock]:
    fake = FakeClock()
    with clock.travelling(fake):
        yield fake


def guarded(adapter: Scripted, time: FakeClock, *keys: str, **options: Any) -> GuardedChat:
    return GuardedChat(adapter, guard_of(time, *keys, **options))


def guard_of(time: FakeClock, *keys: str, **options: Any) -> Guard:
    async def give() -> tuple[str, ...]:
        return keys

    return Guard("p", give, MemoryBreakerStore(), pause=time.pause, **options)


async def events_of(chat: GuardedChat) -> list[StreamEvent]:
    return [event async for event in chat.stream(REQUEST)]


@pytest.mark.parametrize("retries", [0, 1, 3])
async def test_a_retryable_failure_is_tried_exactly_as_often_as_configured(
    time: FakeClock, retries: int
):
    adapter = Scripted(*[ProviderUnavailable("p")] * 9)

    with pytest.raises(ProviderUnavailable) as caught:
        await guarded(adapter, time, max_retries=retries).complete(REQUEST)

    assert len(adapter.keys) == caught.value.attempts == 1 + retries


@pytest.mark.parametrize("error", [ProviderRejected("p"), KeyExhausted("p")])
async def test_a_final_failure_is_tried_once(time: FakeClock, error: AIServiceError):
    adapter = Scripted(error)

    with pytest.raises(type(error)):
        await guarded(adapter, time, "k", max_retries=3).complete(REQUEST)

    assert (len(adapter.keys), time.waits) == (1, [])


async def test_what_the_provider_asks_to_wait_is_waited(time: FakeClock):
    adapter = Scripted(RateLimitExceeded("p", retry_after_s=3.0))

    assert await guarded(adapter, time).complete(REQUEST) == ANSWER
    assert time.waits == [3.0]


async def test_an_attempt_that_takes_too_long_is_a_timeout(time: FakeClock):
    adapter = Scripted("hang", "hang")

    with pytest.raises(ProviderTimeout) as caught:
        await guarded(adapter, time, timeout_s=0.01).complete(REQUEST)

    assert caught.value.attempts == len(adapter.keys) == 2


async def test_a_stream_is_tried_again_before_its_first_event(time: FakeClock):
    adapter = Scripted([InvalidProviderAnswer("p")])

    assert await events_of(guarded(adapter, time)) == [TextDelta("hello"), DONE]
    assert (len(adapter.keys), adapter.closed) == (2, 2)


async def test_a_stream_is_never_tried_again_after_its_first_event(time: FakeClock):
    adapter = Scripted([TextDelta("half"), InvalidProviderAnswer("p", reason="cut")])
    seen: list[StreamEvent] = []

    async def read() -> None:
        async for event in guarded(adapter, time, max_retries=3).stream(REQUEST):
            seen.append(event)

    with pytest.raises(InvalidProviderAnswer):
        await read()

    assert (seen, len(adapter.keys)) == ([TextDelta("half")], 1)


async def test_closing_a_stream_closes_the_adapters(time: FakeClock):
    adapter = Scripted([TextDelta("a"), TextDelta("b"), DONE])
    stream = guarded(adapter, time).stream(REQUEST)
    await anext(stream)

    await stream.aclose()

    assert adapter.closed == 1


async def test_a_refused_key_rests_and_the_next_is_taken_at_once(time: FakeClock):
    adapter = Scripted(KeyExhausted("p"))
    chat = guarded(adapter, time, "a", "b")

    assert await chat.complete(REQUEST) == ANSWER
    refused, worked = adapter.keys
    assert {refused, worked} == {"a", "b"}
    assert time.waits == []
    for _ in range(4):
        await chat.complete(REQUEST)
    assert adapter.keys[2:] == [worked] * 4

    time.now += 61
    for _ in range(2):
        await chat.complete(REQUEST)
    assert refused in adapter.keys[6:]


async def test_each_key_is_tried_once_before_giving_up(time: FakeClock):
    adapter = Scripted(*[KeyExhausted("p", reason="out_of_credit")] * 9)

    with pytest.raises(KeyExhausted) as caught:
        await guarded(adapter, time, "a", "b", "c", max_retries=2).complete(REQUEST)

    assert sorted(adapter.keys) == ["a", "b", "c"]
    assert caught.value.reason == "out_of_credit"


async def test_the_only_key_is_tried_again_by_the_next_call(time: FakeClock):
    adapter = Scripted(KeyExhausted("p"))
    chat = guarded(adapter, time, "a")
    with pytest.raises(KeyExhausted):
        await chat.complete(REQUEST)

    assert await chat.complete(REQUEST) == ANSWER


async def test_keys_take_turns(time: FakeClock):
    adapter = Scripted()
    chat = guarded(adapter, time, "a", "b")
    for _ in range(4):
        await chat.complete(REQUEST)

    assert sorted(adapter.keys) == ["a", "a", "b", "b"]


async def test_the_breaker_opens_per_model(time: FakeClock):
    adapter = Scripted(*[ProviderUnavailable("p")] * 5)
    chat = guarded(adapter, time, max_retries=0)
    for _ in range(5):
        with pytest.raises(ProviderUnavailable):
            await chat.complete(REQUEST)

    with pytest.raises(CircuitOpen):
        await chat.complete(REQUEST)
    assert len(adapter.keys) == 5
    other = ChatRequest("other", REQUEST.messages)
    assert await chat.complete(other) == ANSWER


async def test_failures_within_streams_open_the_breaker(time: FakeClock):
    half = [TextDelta("a"), InvalidProviderAnswer("p", reason="cut")]
    adapter = Scripted(*[half] * 4, [TextDelta("a"), DONE], *[half] * 5)
    chat = guarded(adapter, time, max_retries=0)

    async def cut(times: int) -> None:
        for _ in range(times):
            with pytest.raises(InvalidProviderAnswer):
                await events_of(chat)

    await cut(4)
    await events_of(chat)  # a whole one in between starts the count again
    await cut(5)
    with pytest.raises(CircuitOpen):
        await events_of(chat)


async def test_vectors_are_guarded_too(time: FakeClock):
    adapter = Scripted(ProviderUnavailable("p"))
    embeddings = GuardedEmbeddings(adapter, guard_of(time, "a"))

    assert (await embeddings.embed("m", ["x", "y"])).vectors == [[1.0], [1.0]]
    assert len(adapter.keys) == 2
