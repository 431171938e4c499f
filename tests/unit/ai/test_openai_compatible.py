"""The OpenAI protocol: requests out, whole answers, vectors and failures in."""

import json
from typing import Any

import httpx
import pytest

from shared.ai.errors import (
    AIServiceError,
    ContextTooLong,
    InvalidProviderAnswer,
    KeyExhausted,
    ModelNotAvailable,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimitExceeded,
)
from shared.ai.port import (
    ChatRequest,
    Completion,
    Message,
    ToolCall,
    ToolSpec,
    Usage,
)
from shared.core import clock
from tests.unit.ai.openai_server import (
    KEY,
    REQUEST,
    SAMPLES,
    Answer,
    always,
    error_body,
    provider,
)


async def complete(answer: Answer) -> Completion:
    return await provider(answer).complete(REQUEST, KEY)


async def sent_body(request: ChatRequest, **options: Any) -> dict[str, Any]:
    seen: list[httpx.Request] = []

    def answer(http: httpx.Request) -> httpx.Response:
        seen.append(http)
        return httpx.Response(200, json=SAMPLES["chat_completion"])

    await provider(answer, **options).complete(request, KEY)
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert str(seen[0].url) == "http://p.example/v1/chat/completions"
    body: dict[str, Any] = json.loads(seen[0].content)
    return body


async def test_only_what_is_set_is_sent():
    assert await sent_body(REQUEST) == {
        "model": "sim-model",
        "messages": [{"role": "user", "content": "hi"}],
    }


async def test_a_tool_turn_is_sent_with_its_reasoning():
    call = ToolCall("call_1", "f", '{"a":1}')
    request = ChatRequest(
        "m",
        (
            Message("user", "hi"),
            Message("assistant", "", tool_calls=(call,), reasoning="think"),
            Message("tool", "42", tool_call_id="call_1"),
        ),
        temperature=0.2, top_p=0.9, max_tokens=10, stop=("END",),
        tools=(ToolSpec("f", "Does it.", {"type": "object"}),),
        tool_choice="auto",
    )  # fmt: skip

    body = await sent_body(request, max_tokens_field="max_completion_tokens")

    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "f", "arguments": '{"a":1}'},
                }
            ],
            "reasoning_content": "think",
        },
        {"role": "tool", "content": "42", "tool_call_id": "call_1"},
    ]
    assert body["max_completion_tokens"] == 10
    assert body["stop"] == ["END"]
    assert body["tools"][0]["function"]["name"] == "f"
    assert (body["temperature"], body["top_p"], body["tool_choice"]) == (0.2, 0.9, "auto")


async def test_a_model_with_fixed_sampling_gets_no_temperature():
    request = ChatRequest("gpt-5", REQUEST.messages, temperature=0.2, top_p=0.5)

    assert "temperature" not in await sent_body(request, fixed_sampling={"gpt-5"})


async def test_without_a_key_no_credential_is_sent():
    def answer(http: httpx.Request) -> httpx.Response:
        assert "authorization" not in http.headers
        return httpx.Response(200, json=SAMPLES["chat_completion"])

    await provider(answer).complete(REQUEST, "")


async def test_a_whole_answer():
    completion = await complete(always(200, SAMPLES["chat_completion"]))

    assert completion == Completion("你好", "stop", Usage(12, 2))


async def test_blank_lines_before_the_body_are_allowed():
    body = b"\n\n\n" + json.dumps(SAMPLES["chat_completion"]).encode()

    assert (await complete(always(200, body))).content == "你好"


async def test_a_whole_answer_with_a_tool_call():
    completion = await complete(always(200, SAMPLES["chat_completion_tool_calls"]))

    assert completion.tool_calls == (ToolCall("call_1", "get_weather", '{"city":"Paris"}'),)
    assert (completion.content, completion.finish_reason) == ("", "tool_calls")


def _answer(content: str | None, finish: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish}]}


async def test_missing_usage_is_estimated():
    completion = await complete(always(200, _answer("Good morning.", "stop")))

    assert completion.usage.estimated
    assert completion.usage.completion_tokens > 0


@pytest.mark.parametrize(
    ("body", "kind", "reason", "retryable"),
    [
        (b"<html>busy</html>", InvalidProviderAnswer, "invalid_answer", True),
        (b"", InvalidProviderAnswer, "invalid_answer", True),
        ({"choices": []}, InvalidProviderAnswer, "invalid_answer", True),
        ([1], InvalidProviderAnswer, "invalid_answer", True),
        (_answer("  \n", "stop"), InvalidProviderAnswer, "blank_answer", True),
        (_answer(None, "stop"), InvalidProviderAnswer, "blank_answer", True),
        (_answer("", "length"), InvalidProviderAnswer, "blank_answer", False),
        (_answer("", "content_filter"), ProviderRejected, "content_filtered", False),
        (_answer("half", "insufficient_system_resource"), ProviderUnavailable, "unavailable", True),
    ],
)
async def test_a_useless_answer_is_anerror_body(
    body: Any, kind: type[AIServiceError], reason: str, retryable: bool
):
    with pytest.raises(kind) as caught:
        await complete(always(200, body))

    assert (caught.value.reason, caught.value.retryable) == (reason, retryable)


SAMPLED = [
    ("openai_401", KeyExhausted, "key_rejected"),
    ("openai_429_rate", RateLimitExceeded, "rate_limited"),
    ("openai_429_quota", KeyExhausted, "out_of_credit"),
    ("openai_429_credit_2026", KeyExhausted, "out_of_credit"),
    ("deepseek_401", KeyExhausted, "key_rejected"),
    ("deepseek_402", KeyExhausted, "out_of_credit"),
    ("ark_401", KeyExhausted, "key_rejected"),
    ("ark_403_overdue", KeyExhausted, "out_of_credit"),
    ("ark_404", ModelNotAvailable, "model_not_available"),
    ("ark_429", RateLimitExceeded, "rate_limited"),
    ("ollama_404", ModelNotAvailable, "model_not_available"),
]


@pytest.mark.parametrize(("name", "kind", "reason"), SAMPLED)
async def test_real_error_bodies_are_told_apart(name: str, kind: type[AIServiceError], reason: str):
    answer = SAMPLES["errors"][name]

    for call in (complete, _first_event):
        with pytest.raises(kind) as caught:
            await call(always(answer["status"], answer["body"]))

        error = caught.value
        assert error.details == {"provider": "p", "reason": reason}
        assert error.upstream_status == answer["status"]
        assert error.retryable == (kind is RateLimitExceeded)


async def _first_event(answer: Answer) -> Any:
    return await anext(provider(answer).stream(REQUEST, KEY))


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (400, error_body("context_length_exceeded"), ContextTooLong, "context_too_long"),
        (400, error_body("SensitiveContentDetected.Text"), ProviderRejected, "content_filtered"),
        (400, error_body("ModelNotOpen"), ModelNotAvailable, "model_not_available"),
        (400, error_body(), ProviderRejected, "rejected"),
        (422, b"unprocessable", ProviderRejected, "rejected"),
        (403, error_body("AccessDenied", "Forbidden"), ProviderRejected, "forbidden"),
        (302, b"", ProviderRejected, "rejected"),
        (404, {"error": "no such model"}, ModelNotAvailable, "model_not_available"),
        (408, b"", ProviderTimeout, "timeout"),
        (429, b"slow down", RateLimitExceeded, "rate_limited"),
        (429, error_body("QuotaExceeded", "TooManyRequests"), KeyExhausted, "out_of_credit"),
        (500, b"\xff\xfe<html>", ProviderUnavailable, "unavailable"),
        (502, b"<html>Bad Gateway</html>", ProviderUnavailable, "unavailable"),
        (
            503,
            error_body("server_is_overloaded", "server_error"),
            ProviderUnavailable,
            "unavailable",
        ),
        (504, b"", ProviderTimeout, "timeout"),
    ],
)
async def test_every_status_is_mapped(
    status: int, body: Any, kind: type[AIServiceError], reason: str
):
    with pytest.raises(kind) as caught:
        await complete(always(status, body))

    assert type(caught.value) is kind
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3"}, 3.0),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After": "Fri, 02 Jan 2026 03:04:15 GMT"}, 10.0),
        ({"Retry-After": "Fri, 02 Jan 2026 03:04:00 GMT"}, 0.0),
        ({"retry-after-ms": "1500", "Retry-After": "9"}, 1.5),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "inf"}, None),
        ({}, None),
    ],
)
async def test_retry_after_is_read_in_both_forms(headers: dict[str, str], seconds: float | None):
    with clock.travelling(lambda: 1767323045.0), pytest.raises(RateLimitExceeded) as caught:
        await complete(always(429, b"", headers))

    assert caught.value.retry_after_s == seconds


async def test_a_key_that_a_server_repeats_is_not_kept():
    with pytest.raises(KeyExhausted) as caught:
        await complete(always(401, {"error": {"message": f"bad key {KEY}"}}))

    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("failure", "kind", "reason"),
    [
        (httpx.ConnectError("refused"), ProviderUnavailable, "connection_failed"),
        (httpx.ReadError("reset"), ProviderUnavailable, "connection_failed"),
        (httpx.RemoteProtocolError("closed"), ProviderUnavailable, "connection_failed"),
        (httpx.ReadTimeout("slow"), ProviderTimeout, "timeout"),
        (httpx.ConnectTimeout("slow"), ProviderTimeout, "timeout"),
    ],
)
async def test_a_connection_that_fails(failure: Exception, kind: type[AIServiceError], reason: str):
    def answer(_: httpx.Request) -> httpx.Response:
        raise failure

    for call in (complete, _first_event):
        with pytest.raises(kind) as caught:
            await call(answer)
        assert (caught.value.reason, caught.value.retryable) == (reason, True)


async def test_vectors_come_in_the_order_of_the_texts():
    entries = [{"index": 1, "embedding": [0.3]}, {"index": 0, "embedding": [0.1, 2]}]
    usage = {"prompt_tokens": 3, "total_tokens": 3}

    embeddings = await provider(always(200, {"data": entries, "usage": usage})).embed(
        "m", ["a", "b"], KEY
    )

    assert embeddings.vectors == [[0.1, 2.0], [0.3]]
    assert embeddings.usage == Usage(3, 0)


@pytest.mark.parametrize("body", [b"no", {"data": [{"index": 0}]}, {"data": []}])
async def test_vectors_that_are_missing_are_anerror_body(body: Any):
    with pytest.raises(InvalidProviderAnswer):
        await provider(always(200, body)).embed("m", ["a"], KEY)
