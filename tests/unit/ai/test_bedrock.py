"""Converse through a real botocore client whose answers are put in before the wire."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore import exceptions
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from shared.ai.bedrock import Bedrock
from shared.ai.bedrock_wire import converse_arguments
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
    Finished,
    Message,
    TextDelta,
    ToolCall,
    ToolCalls,
    ToolSpec,
    Usage,
)
from shared.aws.clients import forget_clients

VECTORS = Path(__file__).parents[2] / "support" / "vectors"
VECTOR = json.loads((VECTORS / "bedrock_converse.json").read_text("utf-8"))
FRAMES = [bytes.fromhex(event["frame_hex"]) for event in VECTOR["event_stream"]]
EXCEPTION = bytes.fromhex(VECTOR["event_stream_exception"]["frame_hex"])
REQUEST = ChatRequest("amazon.nova-lite-v1:0", (Message("user", "hi"),), max_tokens=16)


class Body:
    """What urllib3 gives botocore: pieces, and perhaps a failure after them."""

    def __init__(self, pieces: list[bytes], failure: Exception | None = None) -> None:
        self.pieces = pieces
        self.failure = failure
        self.read_pieces = 0
        self.closed = False

    def stream(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.read_pieces += 1
            yield piece
        if self.failure:
            raise self.failure

    def read(self) -> bytes:
        return b"".join(self.pieces)

    def close(self) -> None:
        self.closed = True


def answering(
    body: Body, status: int = 200, sent: list[Any] | None = None, **headers: str
) -> Bedrock:
    """A provider whose every request gets that answer."""
    client = botocore.session.Session().create_client(
        "bedrock-runtime",
        region_name="us-east-1",
        aws_access_key_id=VECTOR["access_key_id"],
        aws_secret_access_key=VECTOR["secret_access_key"],
        config=Config(retries={"total_max_attempts": 1}),
    )

    def answer(request: Any, **_: Any) -> AWSResponse:
        if sent is not None:
            sent.append(request)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return AWSResponse(request.url, status, {"content-type": "application/json", **named}, body)

    client.meta.events.register("before-send.bedrock-runtime", answer)
    return Bedrock("bedrock", client=lambda: client)


def plain(status: int, payload: dict[str, Any], **headers: str) -> Bedrock:
    return answering(Body([json.dumps(payload).encode()]), status, **headers)


def said(*blocks: Any, stop: str = "end_turn") -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": list(blocks)}},
        "stopReason": stop,
        "usage": {
            "inputTokens": 12,
            "outputTokens": 7,
            "totalTokens": 19,
            "cacheReadInputTokens": 8,
        },
        "metrics": {"latencyMs": 345},
    }


async def events_of(provider: Bedrock) -> list[Any]:
    return [event async for event in provider.stream(REQUEST, "")]


async def test_the_vectors_frames_become_events():
    events = await events_of(answering(Body(FRAMES)))

    assert events == [
        TextDelta("你好"),
        TextDelta(" world"),
        ToolCalls((ToolCall("tooluse_abc123", "get_weather", '{"city":"Paris"}'),)),
        Finished("tool_calls", Usage(12, 7)),
    ]


async def test_frames_may_be_cut_anywhere():
    whole = b"".join(FRAMES)
    expected = await events_of(answering(Body(FRAMES)))
    for size in (1, 7, 100):
        pieces = [whole[start : start + size] for start in range(0, len(whole), size)]
        assert await events_of(answering(Body(pieces))) == expected


async def test_closing_the_stream_closes_the_connection_and_reads_no_more():
    body = Body(FRAMES)
    stream = answering(body).stream(REQUEST, "")
    assert await anext(stream) == TextDelta("你好")

    await stream.aclose()

    assert body.closed
    assert body.read_pieces == 2


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (Body([FRAMES[0], EXCEPTION]), RateLimitExceeded, "rate_limited"),
        (Body(FRAMES[:3]), InvalidProviderAnswer, "cut"),
        (Body(FRAMES[:3], ProtocolError("reset")), InvalidProviderAnswer, "cut"),
        (Body([FRAMES[0][:-1] + b"\0", FRAMES[1]]), InvalidProviderAnswer, "invalid_answer"),
        (Body([], ReadTimeoutError(None, "/", "slow")), ProviderTimeout, "timeout"),  # type: ignore[arg-type]
    ],
)
async def test_a_stream_that_breaks_says_how(body: Body, kind: type[AIServiceError], reason: str):
    with pytest.raises(kind) as caught:
        await events_of(answering(body))

    assert caught.value.reason == reason
    assert caught.value.retryable
    assert body.closed


async def test_a_whole_answer():
    completion = await plain(200, said({"text": "你好"})).complete(REQUEST, "")

    assert (completion.content, completion.finish_reason) == ("你好", "stop")
    assert completion.usage == Usage(20, 7, cached_tokens=8)


async def test_a_whole_answer_with_a_tool_call():
    use = {"toolUse": {"toolUseId": "t1", "name": "f", "input": {"city": "巴黎"}}}

    completion = await plain(200, said(use, stop="tool_use")).complete(REQUEST, "")

    assert completion.tool_calls == (ToolCall("t1", "f", '{"city": "巴黎"}'),)
    assert completion.finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("stop", "kind"),
    [
        ("end_turn", InvalidProviderAnswer),
        ("malformed_tool_use", InvalidProviderAnswer),
        ("model_context_window_exceeded", ContextTooLong),
        ("guardrail_intervened", ProviderRejected),
    ],
)
async def test_an_answer_without_text_is_no_answer(stop: str, kind: type[AIServiceError]):
    with pytest.raises(kind):
        await plain(200, said({"text": " "}, stop=stop)).complete(REQUEST, "")


@pytest.mark.parametrize(
    ("status", "name", "message", "kind", "retryable"),
    [
        (400, "ValidationException", "bad", ProviderRejected, False),
        (
            400,
            "ValidationException",
            "Input is too long for requested model.",
            ContextTooLong,
            False,
        ),
        (400, "ServiceQuotaExceededException", "", ProviderRejected, False),
        (403, "AccessDeniedException", "", ModelNotAvailable, False),
        (403, "UnrecognizedClientException", "", KeyExhausted, False),
        (404, "ResourceNotFoundException", "", ModelNotAvailable, False),
        (408, "ModelTimeoutException", "", ProviderTimeout, True),
        (424, "ModelErrorException", "", ProviderRejected, False),
        (429, "ThrottlingException", "", RateLimitExceeded, True),
        (429, "ModelNotReadyException", "", RateLimitExceeded, True),
        (500, "InternalServerException", "", ProviderUnavailable, True),
        (503, "ServiceUnavailableException", "", ProviderUnavailable, True),
        (502, "Unheard", "", ProviderUnavailable, True),
    ],
)
async def test_errors_are_mapped(
    status: int, name: str, message: str, kind: type[AIServiceError], retryable: bool
):
    provider = plain(status, {"message": message}, x_amzn_ErrorType=name)

    with pytest.raises(kind) as caught:
        await provider.complete(REQUEST, "")

    assert type(caught.value) is kind
    assert (caught.value.retryable, caught.value.upstream_status) == (retryable, status)


async def test_the_request_goes_to_the_models_path_signed():
    sent: list[Any] = []
    provider = answering(Body([json.dumps(said({"text": "x"})).encode()]), sent=sent)

    await provider.complete(REQUEST, "")

    assert sent[0].url == VECTOR["sigv4"][0]["url"]
    assert json.loads(sent[0].body) == json.loads(VECTOR["sigv4"][0]["body_utf8"])
    assert "/us-east-1/bedrock/aws4_request" in sent[0].headers["Authorization"].decode()


def test_roles_alternate_and_the_user_begins():
    calls = (ToolCall("1", "f", '{"a": 1}'), ToolCall("2", "f", "not json"))
    request = ChatRequest(
        "m",
        (
            Message("system", "Be kind."),
            Message("assistant", "Welcome!"),
            Message("user", "a"),
            Message("user", "b"),
            Message("assistant", "", tool_calls=calls),
            Message("tool", "r1", tool_call_id="1"),
            Message("tool", "", tool_call_id="2"),
            Message("user", "c"),
        ),
    )

    arguments = converse_arguments(request)

    assert arguments["system"] == [{"text": "Be kind."}]
    user, assistant, results = arguments["messages"]
    assert user == {"role": "user", "content": [{"text": "a"}, {"text": "b"}]}
    assert [block["toolUse"]["input"] for block in assistant["content"]] == [
        {"a": 1},
        {"invalid": "not json"},
    ]
    assert [list(block) for block in results["content"]] == [
        ["toolResult"],
        ["toolResult"],
        ["text"],
    ]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        ("none", None),
        ("auto", {"auto": {}}),
        ("required", {"any": {}}),
        ({"type": "function", "function": {"name": "f"}}, {"tool": {"name": "f"}}),
    ],
)
def test_tools_and_settings_are_translated(choice: Any, expected: Any):
    tool = ToolSpec("f", "Does it.", {"type": "object"})
    request = ChatRequest(
        "m", REQUEST.messages, temperature=0.5, top_p=0.9, stop=("x",), tools=(tool,),
        tool_choice=choice,
    )  # fmt: skip

    arguments = converse_arguments(request)

    assert arguments["inferenceConfig"] == {"temperature": 0.5, "topP": 0.9, "stopSequences": ["x"]}
    specification = arguments["toolConfig"]["tools"][0]["toolSpec"]
    assert specification["inputSchema"] == {"json": {"type": "object"}}
    assert arguments["toolConfig"].get("toolChoice") == expected


@pytest.mark.parametrize(
    ("failure", "kind", "reason"),
    [
        (exceptions.ReadTimeoutError(endpoint_url="u"), ProviderTimeout, "timeout"),
        (exceptions.ConnectTimeoutError(endpoint_url="u"), ProviderTimeout, "timeout"),
        (
            exceptions.EndpointConnectionError(endpoint_url="u"),
            ProviderUnavailable,
            "connection_failed",
        ),
        (
            exceptions.ConnectionClosedError(endpoint_url="u"),
            ProviderUnavailable,
            "connection_failed",
        ),
        (exceptions.NoCredentialsError(), KeyExhausted, "key_rejected"),
    ],
)
@pytest.mark.parametrize("way", ["complete", "stream"])
async def test_a_call_that_gets_no_answer(
    failure: Exception, kind: type[AIServiceError], reason: str, way: str
):
    def fail(**_: Any) -> Any:
        raise failure

    provider = Bedrock(
        "bedrock", client=lambda: SimpleNamespace(converse=fail, converse_stream=fail)
    )

    async def ask() -> Any:
        if way == "stream":
            return await events_of(provider)
        return await provider.complete(REQUEST, "")

    with pytest.raises(kind) as caught:
        await ask()

    assert caught.value.reason == reason


async def test_an_answer_of_another_shape_is_invalid():
    with pytest.raises(InvalidProviderAnswer):
        await plain(200, {"stopReason": "end_turn"}).complete(REQUEST, "")


def test_the_functions_own_client_is_made_without_retries(monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    forget_clients()

    client = Bedrock("bedrock", silence_s=7)._client()

    assert client.meta.service_model.service_name == "bedrock-runtime"
    assert client.meta.config.retries["total_max_attempts"] == 1
    assert client.meta.config.read_timeout == 7
    forget_clients()
