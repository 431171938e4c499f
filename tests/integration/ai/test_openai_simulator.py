"""The whole path to a model over real HTTP: registry, guard, adapter, and a faulty server."""

import asyncio
from typing import Any

import pytest

from shared.ai.embeddings import embed_with_usage
from shared.ai.errors import (
    AIServiceError,
    InvalidProviderAnswer,
    KeyExhausted,
    ModelNotAvailable,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimitExceeded,
)
from shared.ai.port import ChatRequest, Finished, Message, TextDelta, ToolCalls, ToolSpec
from shared.ai.prompt_format import Passage, with_passages
from shared.ai.registry import Registry
from tests.integration.ai.conftest import put_keys
from tests.support.simulators import Simulator

QUESTION = Message("user", "年假有多少天？")


def asking(model: str, *messages: Message, **options: Any) -> ChatRequest:
    return ChatRequest(model, messages or (QUESTION,), **options)


async def events_of(models: Registry, request: ChatRequest) -> list[Any]:
    return [event async for event in models.chat(request.model).stream(request)]


def text_of(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_an_answer_cites_the_passage_whole_and_streamed(models: Registry):
    passages = [Passage(1, "a", "出差补贴一百元。"), Passage(2, "b", "年假有十五天。病假三天。")]
    request = asking("sim", Message("system", with_passages("助手", passages)), QUESTION)

    completion = await models.chat("sim").complete(request)
    events = await events_of(models, request)

    assert completion.content == "年假有十五天。 [2]" == text_of(events)
    assert events[-1] == Finished("stop", completion.usage)
    assert not completion.usage.estimated


async def test_a_tool_turn_and_its_answer(models: Registry):
    schema = {"type": "object", "properties": {"query": {"type": "string"}}}
    tools = (ToolSpec("web_search", "Searches.", schema),)
    calls, end = await events_of(models, asking("sim-tools", tools=tools))
    assert isinstance(calls, ToolCalls)
    assert (calls.calls[0].name, end.reason) == ("web_search", "tool_calls")

    asked = Message("assistant", "", tool_calls=calls.calls)
    told = Message("tool", "十五天", tool_call_id=calls.calls[0].id)
    request = asking("sim-tools", QUESTION, asked, told, tools=tools)

    assert text_of(await events_of(models, request)) == "工具返回：十五天"


FAULTS = [
    ("sim-401", KeyExhausted, "key_rejected", 1),
    ("sim-402", KeyExhausted, "out_of_credit", 1),
    ("sim-403", KeyExhausted, "out_of_credit", 1),
    ("sim-404", ModelNotAvailable, "model_not_available", 1),
    ("sim-429", RateLimitExceeded, "rate_limited", 2),
    ("sim-500", ProviderUnavailable, "unavailable", 2),
    ("sim-503", ProviderUnavailable, "unavailable", 2),
    ("sim-reset", ProviderUnavailable, "connection_failed", 2),
    ("sim-silence", ProviderTimeout, "timeout", 2),
    ("sim-blank", InvalidProviderAnswer, "blank_answer", 2),
]


@pytest.mark.parametrize(("model", "kind", "reason", "calls"), FAULTS)
@pytest.mark.parametrize("way", ["complete", "stream"])
async def test_a_fault_before_the_answer_is_tried_again_exactly_once_where_that_may_help(
    models: Registry, simulator: Simulator, model: str, kind: Any, reason: str, calls: int, way: str
):
    async def ask() -> Any:
        if way == "stream":
            return await events_of(models, asking(model))
        return await models.chat(model).complete(asking(model))

    with pytest.raises(kind) as caught:
        await ask()

    assert (caught.value.reason, caught.value.attempts) == (reason, calls)
    assert await simulator.chat_calls() == calls


@pytest.mark.parametrize(
    ("model", "kind", "reason"),
    [
        ("sim-cut", InvalidProviderAnswer, "cut"),
        ("sim-invalid-json", InvalidProviderAnswer, "invalid_answer"),
        ("sim-error-event", ProviderUnavailable, "unavailable"),
        ("sim-stall", ProviderTimeout, "timeout"),
    ],
)
async def test_a_fault_within_the_answer_is_never_tried_again(
    models: Registry, simulator: Simulator, model: str, kind: type[AIServiceError], reason: str
):
    seen: list[Any] = []

    async def read() -> None:
        async for event in models.chat(model).stream(asking(model)):
            seen.append(event)

    with pytest.raises(kind) as caught:
        await read()

    assert caught.value.reason == reason
    assert text_of(seen)
    assert await simulator.chat_calls() == 1


async def test_keep_alives_alone_are_a_timeout(models: Registry, simulator: Simulator):
    with pytest.raises(ProviderTimeout):
        await events_of(models, asking("sim-keep-alive"))

    assert await simulator.chat_calls() == 2


async def test_a_passing_fault_is_mended_by_the_retry(models: Registry, simulator: Simulator):
    await simulator.told(mode="429", times=1, retry_after="0")

    assert text_of(await events_of(models, asking("sim")))

    assert await simulator.chat_calls() == 2


async def test_five_failures_open_the_breaker_and_spare_the_provider(
    models: Registry, simulator: Simulator
):
    await simulator.told(mode="503", retry_after="0")
    for _ in range(4):
        with pytest.raises(AIServiceError):
            await models.chat("sim").complete(asking("sim"))

    with pytest.raises(AIServiceError) as caught:
        await models.chat("sim").complete(asking("sim"))
    assert (caught.value.status, caught.value.reason) == (503, "circuit_open")
    assert await simulator.chat_calls() == 5


async def test_stopping_closes_the_connection_within_one_chunk(
    models: Registry, simulator: Simulator
):
    stream = models.chat("sim-slow-40").stream(asking("sim-slow-40"))
    await anext(stream)
    await stream.aclose()
    read = (await simulator.report())["streams"][-1]["chunks"]

    async with asyncio.timeout(30):
        while (await simulator.report())["open_streams"]:
            await asyncio.sleep(0.02)
    record = (await simulator.report())["streams"][-1]
    assert record["state"] == "closed by client"
    assert record["chunks"] - read <= 1


async def test_connections_are_used_again(models: Registry, simulator: Simulator):
    for _ in range(5):
        await events_of(models, asking("sim"))
        await models.chat("sim").complete(asking("sim"))

    report = await simulator.report()
    assert report["requests"]["/v1/chat/completions"] == 10
    assert report["client_ports"] == 1


async def test_a_refused_key_is_passed_over_for_the_next(models: Registry, simulator: Simulator):
    put_keys("sim-revoked, sim-key-2")
    for _ in range(4):
        await models.chat("sim").complete(asking("sim"))

    keys = (await simulator.report())["keys"]
    assert keys["sim-key-2"] == 4
    assert keys.get("sim-revoked", 0) <= 1


async def test_two_thousand_chunks_arrive_whole(models: Registry):
    events = await events_of(models, asking("sim-fast-2000"))

    assert len(events) == 2001


async def test_two_hundred_streams_at_once(models: Registry):
    requests = [asking("sim", Message("user", f"问题 {number}")) for number in range(200)]

    answers = await asyncio.gather(*(events_of(models, request) for request in requests))

    assert all(f"问题 {number}" in text_of(events) for number, events in enumerate(answers))


async def test_vectors_of_like_texts_are_near(models: Registry):
    found = await embed_with_usage(["年假有多少天", "每年的年假是多少天", "reset the router"])

    assert found is not None
    first, *others = found.vectors
    near, far = (sum(a * b for a, b in zip(first, v, strict=True)) for v in others)
    assert near > 0.5 > far


async def test_models_are_listed_with_a_key_only(models: Registry):
    listed = {model.id: model for model in await models.usable_models()}
    assert (listed["sim"].provider, listed["sim-embedding"].kind) == ("sim", "embedding")

    put_keys("")
    assert [model.id for model in await models.usable_models()] == ["builtin"]
