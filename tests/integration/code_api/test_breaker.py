"""The breaker around the engine, one for all copies."""

from collections import Counter
from collections.abc import Iterator

import pytest

from shared.core.settings import forget_settings
from shared.flow.breaker import breaker
from tests.support.clocks import StoppedClock, stopped_clock
from tests.support.flow import FakeExecutor, FlowClient, echo, error


@pytest.fixture
def time() -> Iterator[StoppedClock]:
    with stopped_clock() as stopped:
        yield stopped


def run(client: FlowClient, token: str, calls: int, time: StoppedClock) -> Counter[int]:
    statuses: Counter[int] = Counter()
    for _ in range(calls):
        time.now += 0.02
        statuses[client.run(token).status] += 1
    return statuses


@pytest.fixture
def tripped(client: FlowClient, token: str, executor: FakeExecutor, time: StoppedClock) -> None:
    """A hundred executions, all of them killed by the engine."""
    executor.dies()
    assert run(client, token, 99, time) == {200: 99}
    time.now += 1  # the figures are looked at once a second
    assert run(client, token, 1, time) == {200: 1}


def test_an_engine_that_dies_fails_that_execution_only(
    client: FlowClient, token: str, executor: FakeExecutor
) -> None:
    executor.dies()
    lost = client.run(token)
    executor.answer = echo
    next_one = client.run(token)

    assert (lost.status, lost.body["error"]["type"]) == (200, "EngineError")
    assert next_one.body["success"] is True


def test_an_engine_without_a_free_copy_is_503(
    client: FlowClient, token: str, executor: FakeExecutor
) -> None:
    executor.throttles()
    answer = client.run(token)

    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert answer.body["error"] == "执行引擎繁忙，请稍后再试"


def test_an_engine_that_is_overdue_is_a_timeout_error(
    client: FlowClient, token: str, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODE_TIMEOUT_SECONDS", "1")
    forget_settings()
    monkeypatch.setattr("shared.flow.execution.GRACE_S", 0.1)
    executor.takes(2)
    answer = client.run(token)

    assert (answer.status, answer.body["error"]["type"]) == (200, "TimeoutError")
    assert answer.body["timing"]["totalTime"] < 1900


@pytest.mark.usefixtures("tripped")
def test_it_opens_refuses_without_asking_and_is_counted_once(
    client: FlowClient, token: str, executor: FakeExecutor, time: StoppedClock
) -> None:
    asked = len(executor.requests)
    answer = client.run(token)
    assert (answer.status, answer.headers["retry-after"]) == (503, "10")
    assert answer.body["error"] == "执行引擎暂时不可用，请稍后再试"
    assert len(executor.requests) == asked

    breaker.cache_clear()  # another copy
    assert client.run(token).status == 503
    assert client.figure("/flow/status")["circuitBreakerTrips"] == 1


@pytest.mark.usefixtures("tripped")
def test_a_hundred_good_calls_close_it(
    client: FlowClient, token: str, executor: FakeExecutor, time: StoppedClock
) -> None:
    executor.answer = echo
    time.now += 10

    assert run(client, token, 130, time) == {200: 130}
    executor.dies()
    assert run(client, token, 3, time) == {200: 3}  # closed: a few failures change nothing
    assert client.figure("/flow/status")["circuitBreakerTrips"] == 1


@pytest.mark.usefixtures("tripped")
def test_one_failure_of_the_trial_opens_it_again(
    client: FlowClient, token: str, executor: FakeExecutor, time: StoppedClock
) -> None:
    time.now += 10
    assert client.run(token).body["error"]["type"] == "EngineError"

    assert client.run(token).status == 503
    assert client.figure("/flow/status")["circuitBreakerTrips"] == 2


@pytest.mark.usefixtures("tripped")
def test_a_trial_whose_calls_never_report_is_begun_anew(
    client: FlowClient, token: str, executor: FakeExecutor, time: StoppedClock
) -> None:
    executor.answer = echo
    time.now += 10
    for _ in range(100):
        breaker().admit()  # and their copies die
    assert client.run(token).status == 503

    time.now += 61
    assert client.run(token).status == 200


def test_failing_code_never_opens_it(
    client: FlowClient, token: str, executor: FakeExecutor, time: StoppedClock
) -> None:
    executor.answer = lambda _: error("TypeError", "customer's own")

    assert run(client, token, 130, time) == {200: 130}
    assert client.figure("/flow/status")["circuitBreakerTrips"] == 0


def test_a_breaker_without_its_table_lets_executions_go_on(
    client: FlowClient, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMITS_TABLE", "no-such-table")

    assert client.run(token).status == 200
