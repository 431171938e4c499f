"""An executor of code blocks that does what a test scripts, and callers of /flow."""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.code_api.handler import handler
from shared.aws.functions import FunctionFailed, FunctionThrottled
from shared.code.models import (
    CodeError,
    CodeOutcome,
    CodeRequest,
    CodeTiming,
    CodeUsage,
    EngineStatus,
)
from shared.code.wire import STATUS, from_event, status_to_answer, to_answer
from tests.support.aws import FLOW_ADMIN_TOKEN
from tests.support.http import Answer, Client

TIMING = CodeTiming(execution_ms=1.5, total_ms=2.5)
ENGINE = EngineStatus(
    modules=("axios", "lodash"),
    warm_ms=123.4,
    warmed_at="2026-02-27T10:00:00.000Z",
    ready=2,
    running=0,
    pool_size=2,
    max_concurrent=16,
    executions=7,
    deaths=0,
    zygotes=1,
    sandboxed=True,
)


def result(text: str, *, is_async: bool = False) -> CodeOutcome:
    """The outcome whose result is that JSON text."""
    packed = text.encode()
    return CodeOutcome(TIMING, CodeUsage(1, 1, len(packed), is_async=is_async), packed)


def error(kind: str, message: str, line: int | None = None) -> CodeOutcome:
    """The outcome of code that failed."""
    return CodeOutcome(TIMING, CodeUsage(1, 1), error=CodeError(kind, message, line, line and 1))


def echo(request: CodeRequest) -> CodeOutcome:
    """The input as the result."""
    return result(request.input_json.decode())


@dataclass
class FakeExecutor:
    """Answers as the function would; `answer` is called with each request."""

    answer: Callable[[CodeRequest], CodeOutcome] = echo
    requests: list[CodeRequest] = field(default_factory=list)

    def invoke(self, name: str, payload: bytes, *, read_timeout_s: float) -> bytes:
        """What takes the place of `shared.aws.functions.invoke`."""
        assert name == "rolecraft-test-code-executor"
        event = json.loads(payload)
        if event["action"] == STATUS:
            self._refuse_if_dead()
            return json.dumps(status_to_answer(ENGINE)).encode()
        request = from_event(event)
        self.requests.append(request)
        return json.dumps(to_answer(self.answer(request))).encode()

    def throttles(self) -> None:
        """Every copy is at work."""
        self.answer = _throttle

    def dies(self) -> None:
        """Each execution kills its copy."""
        self.answer = _die

    def takes(self, seconds: float) -> None:
        """Each execution takes so long."""

        def wait(_: CodeRequest) -> CodeOutcome:
            time.sleep(seconds)
            return result("1")

        self.answer = wait

    def _refuse_if_dead(self) -> None:
        if self.answer is _die:
            raise FunctionFailed("away")


def _throttle(_: CodeRequest) -> CodeOutcome:
    raise FunctionThrottled("no copy is free")


def _die(_: CodeRequest) -> CodeOutcome:
    raise FunctionFailed("Runtime exited with error: signal: killed")


def install_executor(patch: pytest.MonkeyPatch) -> FakeExecutor:
    """Put it in the place of Lambda."""
    executor = FakeExecutor()
    patch.setattr("shared.code.client.invoke", executor.invoke)
    return executor


def packed(code: str) -> str:
    """Code as a body carries it."""
    return base64.b64encode(code.encode()).decode()


def block(code: str = "return input", **given: Any) -> dict[str, Any]:
    """A body of POST /flow/codeblock."""
    return {"input": given, "codebase64": packed(code)}


@dataclass(frozen=True)
class FlowClient:
    """A caller of /flow at an address of its own."""

    address: str = "203.0.113.7"

    def call(self, method: str, path: str, **options: Any) -> Answer:
        return Client(handler, source_ip=self.address).call(method, path, **options)

    def run(self, token: str, body: Any = None, **options: Any) -> Answer:
        """POST /flow/codeblock, with a small block unless a body is given."""
        headers = {"accesstoken": token, **options.pop("headers", {})}
        given = block() if body is None and "raw" not in options else body
        return self.call("POST", "/flow/codeblock", body=given, headers=headers, **options)

    def admin(self, method: str, path: str, **options: Any) -> Answer:
        """As the administrator."""
        headers = {"authorization": f"Bearer {FLOW_ADMIN_TOKEN}"}
        return self.call(method, path, headers=headers, **options)

    def new_token(self, **fields: Any) -> dict[str, Any]:
        """A token's data."""
        body = {"ws_id": "ws1", "email": "a@example.com", "operation": "unlimited", **fields}
        answer = self.admin("POST", "/flow/tokens", body=body)
        assert answer.status == 200, answer.text
        data: dict[str, Any] = answer.data
        return data

    def figure(self, path: str) -> Any:
        """The data of a monitoring route."""
        answer = self.admin("GET", path)
        assert answer.status == 200, answer.text
        return answer.data
