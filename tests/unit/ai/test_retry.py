"""Calls are repeated as often, as late and after such errors as the contract says."""

import asyncio
import errno
import socket
import time
import urllib.error
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

import botocore.exceptions
import httpx
import pytest

from shared.ai.classify import is_retryable
from shared.ai.counters import Counters
from shared.ai.errors import KeyExhausted, ProviderTimeout, RateLimitExceeded
from shared.ai.retry import execute_with_retry, execute_with_smart_retry, with_retry
from shared.core.errors import RateLimited, ServiceUnavailable
from tests.unit.ai.fakes import FakeClock

variable = ContextVar("variable", default="outside")


class Failing:
    """Fails with the errors in turn, then answers; counts its calls."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"

    async def later(self) -> str:
        return self()


def run(kind: str, failing: Failing, **options: Any) -> str:
    """The same operation, sync or async."""
    if kind == "sync":
        return execute_with_retry(failing, operation_name="test", **options)
    return asyncio.run(execute_with_retry(failing.later, operation_name="test", **options))


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_call_that_succeeds_is_made_once_without_a_wait(
    kind: str, caplog: pytest.LogCaptureFixture
):
    clock, failing = FakeClock(), Failing()

    assert run(kind, failing, pause=clock.pause) == "answer"

    assert (failing.calls, clock.waits) == (1, [])
    assert [record for record in caplog.records if "asyncio" not in record.name] == []


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_max_retries_is_exact(kind: str, retries: int):
    errors = [ValueError(str(number)) for number in range(10)]
    failing = Failing(*errors)

    with pytest.raises(ValueError, match=str(retries)) as caught:
        run(kind, failing, max_retries=retries, pause=FakeClock().pause)

    assert failing.calls == 1 + retries
    assert caught.value is errors[retries]
    assert caught.value.attempts == 1 + retries


def test_delays_double_up_to_five_seconds_with_jitter(kind: str):
    seen = set()
    for _ in range(20):
        clock = FakeClock()
        run(kind, Failing(*[ValueError()] * 5), max_retries=5, pause=clock.pause)
        for wait, nominal in zip(clock.waits, [1, 2, 4, 5, 5], strict=True):
            assert 0.75 * nominal <= wait <= min(1.25 * nominal, 5)
        seen.update(clock.waits)
    assert len(seen) > 90


def test_rate_limits_wait_longer_than_resets():
    slow, fast = FakeClock(), FakeClock()
    run("sync", Failing(RateLimitExceeded("p")), pause=slow.pause)
    run("sync", Failing(ConnectionResetError()), pause=fast.pause)

    assert slow.waits[0] > fast.waits[0]


@pytest.mark.parametrize(("asked", "waited"), [(0.0, 0.0), (2.5, 2.5), (20.0, 5.0)])
def test_retry_after_is_obeyed_up_to_the_cap(kind: str, asked: float, waited: float):
    clock = FakeClock()

    run(kind, Failing(RateLimitExceeded("p", retry_after_s=asked)), pause=clock.pause)

    assert clock.waits == [waited]


def test_on_retry_is_told_before_each_wait_and_cannot_break_it(kind: str):
    told: list[Any] = []
    clock = FakeClock()
    first, second = ValueError("1"), ValueError("2")

    def on_retry(attempt: int, error: Exception) -> None:
        told.append((attempt, error, len(clock.waits)))
        raise RuntimeError("the hook is broken")

    run(kind, Failing(first, second), max_retries=2, on_retry=on_retry, pause=clock.pause)

    assert told == [(1, first, 0), (2, second, 1)]


def test_an_async_hook_is_awaited_and_cannot_break_it():
    told: list[int] = []

    async def on_retry(attempt: int, _: Exception) -> None:
        await asyncio.sleep(0)
        told.append(attempt)
        raise RuntimeError("the hook is broken")

    failing = Failing(ValueError())
    options = {"on_retry": on_retry, "pause": FakeClock().pause}

    assert run("async", failing, **options) == "answer"
    assert told == [1]


def test_each_attempt_has_its_own_time_limit_async():
    async def slow_then_fast() -> str:
        calls.append(1)
        if len(calls) == 1:
            await asyncio.sleep(30)
        return "answer"

    calls: list[int] = []
    operation = execute_with_retry(
        slow_then_fast, operation_name="test", timeout=0.01, pause=FakeClock().pause
    )

    assert asyncio.run(operation) == "answer"
    assert len(calls) == 2


def test_each_attempt_has_its_own_time_limit_sync():
    def slow() -> None:
        calls.append(1)
        time.sleep(0.2)

    calls: list[int] = []
    with pytest.raises(TimeoutError) as caught:
        execute_with_retry(slow, operation_name="test", timeout=0.01, pause=FakeClock().pause)

    assert len(calls) == caught.value.attempts == 2


def test_a_sync_call_keeps_its_context_variables():
    variable.set("inside")

    assert execute_with_retry(variable.get, operation_name="test") == "inside"


def test_a_lambda_that_gives_a_coroutine_is_awaited_and_repeated():
    failing = Failing(ValueError())
    operation = execute_with_retry(
        lambda: failing.later(), operation_name="test", pause=FakeClock().pause
    )

    assert asyncio.run(operation) == "answer"
    assert failing.calls == 2


def test_a_partial_of_a_coroutine_function_is_async():
    async def double(number: int) -> int:
        return 2 * number

    assert asyncio.run(execute_with_retry(partial(double, 2), operation_name="test")) == 4


def test_with_retry_passes_arguments_and_repeats_each_call():
    async def add(a: int, *, b: int) -> int:
        calls.append((a, b))
        if len(calls) % 2:
            raise ValueError
        return a + b

    calls: list[Any] = []
    adding = with_retry(add, operation_name="test", pause=FakeClock().pause)

    assert asyncio.iscoroutinefunction(adding)
    assert asyncio.run(adding(1, b=2)) == 3
    assert asyncio.run(adding(3, b=4)) == 7
    assert len(calls) == 4
    assert with_retry(max, operation_name="test")(3, 4) == 4


def test_cancelling_is_not_a_failure():
    async def scenario() -> int:
        task = asyncio.ensure_future(
            execute_with_retry(hanging, operation_name="test", max_retries=5)
        )
        while not calls:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return len(calls)

    async def hanging() -> None:
        calls.append(1)
        await asyncio.Event().wait()

    calls: list[int] = []
    assert asyncio.run(scenario()) == 1


class Answered(Exception):
    """As other libraries carry a status: `status_code` (openai), `status` (aiohttp)."""

    def __init__(self, **carried: int) -> None:
        vars(self).update(carried)
        super().__init__(str(carried))


def _of_urllib(code: int) -> urllib.error.HTTPError:
    return urllib.error.HTTPError("http://x", code, "", None, None)  # type: ignore[arg-type]


def _status(code: int) -> httpx.HTTPStatusError:
    request = httpx.Request("GET", "http://x")
    answer = httpx.Response(code, headers={"Retry-After": "3"}, request=request)
    return httpx.HTTPStatusError("", request=request, response=answer)


def _client_error(status: int) -> botocore.exceptions.ClientError:
    answer: Any = {"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return botocore.exceptions.ClientError(answer, "Op")


MENDABLE = [
    ConnectionResetError(), ConnectionRefusedError(), BrokenPipeError(), TimeoutError(),
    socket.gaierror(-2, "Name or service not known"), httpx.ConnectError("x"),
    httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), _status(429), _status(500),
    _status(503), _client_error(500), _client_error(429), ProviderTimeout("p"),
    botocore.exceptions.EndpointConnectionError(endpoint_url="x"),
    botocore.exceptions.ReadTimeoutError(endpoint_url="x"),
    OSError(errno.ENETUNREACH, "Network is unreachable"), Answered(status_code=502),
    Answered(status=429), urllib.error.URLError(ConnectionResetError()), _of_urllib(503),
]  # fmt: skip
FINAL = [
    ValueError(), KeyError("x"), FileNotFoundError(), PermissionError(), _status(400),
    _status(401), _status(404), _status(409), _client_error(400), KeyExhausted("p"),
    RateLimited(), ServiceUnavailable(), httpx.UnsupportedProtocol("x"),
    Answered(status_code=404), Answered(code=7), urllib.error.URLError("unknown url type"),
    _of_urllib(404), OSError(errno.ENOSPC, "No space left on device"),
]  # fmt: skip


@pytest.mark.parametrize("error", MENDABLE, ids=repr)
def test_smart_retry_repeats_what_waiting_may_mend(error: Exception):
    failing = Failing(error)

    answer = execute_with_smart_retry(failing, operation_name="t", pause=FakeClock().pause)

    assert answer == "answer"
    assert failing.calls == 2


@pytest.mark.parametrize("error", FINAL, ids=repr)
def test_smart_retry_never_repeats_the_rest(error: Exception):
    failing, clock = Failing(error), FakeClock()

    with pytest.raises(type(error)):
        execute_with_smart_retry(failing, operation_name="t", pause=clock.pause, max_retries=3)

    assert (failing.calls, clock.waits) == (1, [])
    assert not is_retryable(error)


def test_retry_after_of_an_http_answer_is_found():
    clock = FakeClock()

    execute_with_smart_retry(Failing(_status(429)), operation_name="t", pause=clock.pause)

    assert clock.waits == [3.0]


def _counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, int]]:
    written: dict[str, int] = {}

    def emit(_: str, counts: dict[str, int]) -> None:
        for name, value in counts.items():
            written[name] = written.get(name, 0) + value

    monkeypatch.setattr("shared.ai.retry.counters", Counters(emit, FakeClock()))
    return lambda: written


def test_calls_retries_and_failures_are_counted(monkeypatch: pytest.MonkeyPatch):
    counts = _counted(monkeypatch)

    run("sync", Failing(ValueError()), pause=FakeClock().pause)
    with pytest.raises(ValueError, match="a"):
        run("sync", Failing(*[ValueError("a")] * 2), pause=FakeClock().pause)

    assert counts() == {"Calls": 2, "Retries": 2, "Failures": 1}


def test_log_lines_name_operation_attempt_error_and_wait(caplog: pytest.LogCaptureFixture):
    clock = FakeClock()

    run("sync", Failing(ValueError("broken")), pause=clock.pause, max_retries=2)

    fields = vars(next(record for record in caplog.records if record.message == "will retry"))
    assert (fields["operation"], fields["attempt"], fields["of"]) == ("test", 1, 3)
    assert fields["error"] == "ValueError: broken"
    assert fields["wait_s"] == pytest.approx(clock.waits[0], abs=0.001)
