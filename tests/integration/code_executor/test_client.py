"""The client of the executor, against an AWS whose Lambda is a function of this test."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from shared.aws import functions
from shared.code.client import CodeEngineUnavailable, engine_status, run_code
from shared.code.models import CodeOutcome, CodeRequest, CodeTiming, CodeUsage
from shared.code.wire import to_answer
from shared.core.settings import forget_settings

OUTCOME = CodeOutcome(CodeTiming(1.0, 2.0), CodeUsage(8, 2, 1), result_json=b"1")
REQUEST = CodeRequest("return 1", b"{}", 41_000, "req-1")


class Throttled(ClientError):
    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")


class FakeLambda:
    """botocore's client, as far as it is used."""

    class exceptions:
        TooManyRequestsException = Throttled

    def __init__(self, answer: Callable[[], dict[str, Any]]) -> None:
        self._answer = answer
        self.calls: list[dict[str, Any]] = []

    def invoke(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(arguments)
        return self._answer()


def answering(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[], dict[str, Any]]
) -> tuple[FakeLambda, list[dict[str, Any]]]:
    fake, made = FakeLambda(answer), []

    def client(service: str, **options: Any) -> FakeLambda:
        made.append({"service": service, **options})
        return fake

    monkeypatch.setattr(functions, "client", client)
    monkeypatch.setenv("CODE_EXECUTOR_FUNCTION", "executor")
    forget_settings()
    return fake, made


def payload(content: object, **more: str) -> dict[str, Any]:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return {"Payload": io.BytesIO(text), **more}


def test_an_outcome_comes_back(monkeypatch: pytest.MonkeyPatch):
    fake, made = answering(monkeypatch, lambda: payload(to_answer(OUTCOME)))

    assert run_code(REQUEST) == OUTCOME
    assert fake.calls[0]["FunctionName"] == "executor"
    assert json.loads(fake.calls[0]["Payload"])["request_id"] == "req-1"
    # It waits longer than the code may run, and never asks twice.
    assert made == [{"service": "lambda", "read_timeout_s": 60, "attempts": 1}]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (payload({"errorMessage": "x"}, FunctionError="Unhandled"), "failed"),
        (payload({}), "failed"),
        (payload([]), "failed"),
        (payload(b"not json"), "failed"),
        (payload({**to_answer(OUTCOME), "packing": "zlib"}), "failed"),
    ],
)
def test_what_is_no_outcome_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any], reason: str
):
    answering(monkeypatch, lambda: answer)

    with pytest.raises(CodeEngineUnavailable) as raised:
        run_code(REQUEST)
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Throttled(), "busy"),
        (ReadTimeoutError(endpoint_url="lambda"), "failed"),
        (ClientError({"Error": {"Code": "AccessDeniedException"}}, "Invoke"), "failed"),
    ],
)
def test_a_lambda_that_does_not_answer_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
):
    def fail() -> dict[str, Any]:
        raise error

    fake, _ = answering(monkeypatch, fail)

    with pytest.raises(CodeEngineUnavailable) as raised:
        run_code(REQUEST)
    assert raised.value.reason == reason
    assert len(fake.calls) == 1


def test_a_state_that_is_none_is_a_failure(monkeypatch: pytest.MonkeyPatch):
    answering(monkeypatch, lambda: payload({"modules": []}))

    with pytest.raises(CodeEngineUnavailable):
        engine_status()
