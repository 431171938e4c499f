"""Streams of the OpenAI protocol: pieces, tool calls, ends good and bad."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shared.ai.errors import (
    AIServiceError,
    ContextTooLong,
    InvalidProviderAnswer,
    KeyExhausted,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimitExceeded,
)
from shared.ai.port import Finished, TextDelta, ToolCall, ToolCalls, Usage
from tests.unit.ai.openai_server import (
    DONE,
    KEY,
    REQUEST,
    Chunks,
    delta,
    error_body,
    event,
    provider,
    sample,
    streaming,
)

A = delta("a")
RAN_OUT = "insufficient_system_resource"


def failed(code: str) -> bytes:
    """An error event of the server's own making."""
    return event(error_body(code, "error"))


def invalid(code: str) -> bytes:
    """An error event that blames the request."""
    return event(error_body(code))


async def events_of(body: Chunks, **options: Any) -> list[Any]:
    return [e async for e in provider(streaming(body), **options).stream(REQUEST, KEY)]


async def test_a_stream_of_text_with_usage():
    assert await events_of(Chunks(sample("stream_text"))) == [
        TextDelta("你"),
        TextDelta("好"),
        Finished("stop", Usage(12, 2)),
    ]


async def test_a_stream_of_tool_calls_joined_by_index():
    *_, calls, end = await events_of(Chunks(sample("stream_tool_calls")))

    assert calls == ToolCalls(
        (
            ToolCall("call_1", "get_weather", '{"city":"Paris"}'),
            ToolCall("call_2", "get_time", "{}"),
        )
    )
    assert end.reason == "tool_calls"
    assert end.usage.estimated


async def test_reasoning_is_not_shown():
    assert await events_of(Chunks(sample("stream_deepseek_reasoning"))) == [
        TextDelta("ok"),
        Finished("stop", Usage(100, 5, cached_tokens=64)),
    ]


async def test_reasoning_comes_with_the_tool_calls_it_led_to():
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
    body = [
        delta(None, reasoning_content="because"),
        delta(tool_calls=[call]),
        delta(finish="stop"),
    ]

    calls, end = await events_of(Chunks([*body, DONE]))

    assert calls == ToolCalls((ToolCall("c", "f", "{}"),), "because")
    assert end.reason == "tool_calls"


async def test_a_tool_call_in_one_piece_without_id_or_index():
    call = {"function": {"name": "f", "arguments": '{"a": 1}'}}

    calls, _ = await events_of(Chunks([delta("", tool_calls=[call], finish="tool_calls"), DONE]))

    assert calls == ToolCalls((ToolCall("call_0", "f", '{"a": 1}'),))


async def test_closing_closes_the_connection_and_reads_no_more():
    body = Chunks([delta("a"), delta("b"), delta("c")])
    stream = provider(streaming(body)).stream(REQUEST, KEY)
    assert await anext(stream) == TextDelta("a")

    await stream.aclose()

    assert (body.closed, body.read) == (True, 1)


async def test_a_stream_that_ended_well_is_read_to_its_end():
    body = Chunks([delta("a", "stop"), DONE, b""])

    await events_of(body)

    assert (body.closed, body.read) == (True, 3)


BROKEN = [
    ([A], None, InvalidProviderAnswer, "cut", ["a"]),
    ([A], httpx.ReadError("reset"), InvalidProviderAnswer, "cut", ["a"]),
    ([A], httpx.RemoteProtocolError("closed"), InvalidProviderAnswer, "cut", ["a"]),
    ([A], httpx.ReadTimeout("silence"), ProviderTimeout, "timeout", ["a"]),
    ([A, b'data: {"choi'], None, InvalidProviderAnswer, "invalid_answer", ["a"]),
    ([A, b"data: nonsense\n\n"], None, InvalidProviderAnswer, "invalid_answer", ["a"]),
    ([event([1])], None, InvalidProviderAnswer, "invalid_answer", []),
    ([delta(content=5)], None, InvalidProviderAnswer, "invalid_answer", []),
    ([delta("  "), delta("\n", "stop"), DONE], None, InvalidProviderAnswer, "blank_answer", []),
    ([DONE], None, InvalidProviderAnswer, "blank_answer", []),
    ([b'{"error": "no stream"}'], None, InvalidProviderAnswer, "cut", []),
    ([delta("", "content_filter"), DONE], None, ProviderRejected, "content_filtered", []),
    ([A, delta("", RAN_OUT), DONE], None, ProviderUnavailable, "unavailable", ["a"]),
    ([A, failed("server_error")], None, ProviderUnavailable, "unavailable", ["a"]),
    ([failed("rate_limit_exceeded")], None, RateLimitExceeded, "rate_limited", []),
    ([failed("insufficient_quota")], None, KeyExhausted, "out_of_credit", []),
    ([failed("content_filter")], None, ProviderRejected, "content_filtered", []),
    ([invalid("context_length_exceeded")], None, ContextTooLong, "context_too_long", []),
]


@pytest.mark.parametrize(("pieces", "failure", "kind", "reason", "shown"), BROKEN)
async def test_a_stream_that_breaks_says_how(
    pieces: list[bytes],
    failure: Exception | None,
    kind: type[AIServiceError],
    reason: str,
    shown: list[str],
):
    body = Chunks(pieces, failure)
    seen: list[str] = []

    async def read() -> None:
        async for piece in provider(streaming(body)).stream(REQUEST, KEY):
            seen.append(piece.text if isinstance(piece, TextDelta) else "end")

    with pytest.raises(kind) as caught:
        await read()

    assert (caught.value.reason, seen, body.closed) == (reason, shown, True)


async def test_white_space_before_the_answer_is_kept():
    events = await events_of(
        Chunks([delta("\n"), delta(" "), delta("a "), delta(" ", "stop"), DONE])
    )

    assert events[:-1] == [TextDelta("\n a "), TextDelta(" ")]


async def test_keep_alives_are_no_progress_but_hidden_reasoning_is():
    quiet = Chunks([b": keep-alive\n\n"] * 50)
    thinking = Chunks([delta(None, reasoning_content="hm"), *sample("stream_text")])

    with pytest.raises(ProviderTimeout):
        await events_of(quiet, silence_s=0.0)
    assert len(await events_of(thinking, silence_s=0.0)) == 3


async def test_an_end_without_done_is_an_end_when_the_model_said_so():
    events = await events_of(Chunks([delta("a"), delta(finish="length")]))

    assert events[-1].reason == "length"


async def test_a_last_event_without_its_blank_line_counts():
    events = await events_of(Chunks([delta("a"), delta(finish="stop").rstrip()]))

    assert events[-1].reason == "stop"


async def test_an_event_without_end_is_refused():
    endless = Chunks([b"data: "] + [b"x" * 1024 * 1024] * 9)

    with pytest.raises(InvalidProviderAnswer) as caught:
        await events_of(endless)

    assert caught.value.reason == "invalid_answer"
    assert endless.closed


async def test_a_server_that_keeps_the_connection_open_after_done_costs_little():
    class Lingering(Chunks):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for piece in super().__aiter__():
                yield piece
            await asyncio.Event().wait()

    body = Lingering([delta("a", "stop"), DONE])

    assert len(await events_of(body)) == 2
    assert body.closed
