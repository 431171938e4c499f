"""The four layers of limits, each exact (contract flow.md, Limits that bite)."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from functions.code_api.token_cache import token_cache
from functions.root.handler import handler as root
from shared.flow.limits import forget_limits
from tests.integration.code_api.conftest import forget_copy
from tests.support.at_once import at_once
from tests.support.aws import counted_calls
from tests.support.clocks import StoppedClock, stopped_clock
from tests.support.flow import FlowClient
from tests.support.http import Answer, Client

NOW = 1_772_186_400.0


@pytest.fixture
def time() -> Iterator[StoppedClock]:
    with stopped_clock(NOW) as stopped:
        yield stopped


def limited(client: FlowClient, **limits: int) -> str:
    fields = {f"rate_limit_{name}": value for name, value in limits.items()}
    return str(client.new_token(**fields)["access_token"])


def statuses(calls: int, call: Any) -> Counter[int]:
    return Counter(call().status for _ in range(calls))


def test_a_token_has_its_burst_and_then_its_rate(client: FlowClient, time: StoppedClock) -> None:
    text = limited(client, burst=5, per_minute=30)

    assert statuses(8, lambda: client.run(text)) == {200: 5, 429: 3}
    time.now += 4.1
    assert statuses(4, lambda: client.run(text)) == {200: 2, 429: 2}


def test_a_tokens_refusal_names_its_limit(client: FlowClient, time: StoppedClock) -> None:
    text = limited(client, burst=1, per_minute=2, window_seconds=120)
    client.run(text)

    answer = client.run(text)

    assert answer.status == 429
    assert answer.headers["retry-after"] == "60"
    assert answer.body["error"] == {
        "type": "RateLimitError",
        "message": "请求过于频繁，请稍后再试",
        "limit": {"per_minute": 2, "burst": 1, "window_seconds": 120},
    }


def test_tokens_have_buckets_of_their_own(client: FlowClient, time: StoppedClock) -> None:
    one, other = limited(client, burst=1), limited(client, burst=1)
    client.run(one)

    assert client.run(one).status == 429
    assert client.run(other).status == 200


def is_ip_error(answer: Answer, rate: int, burst: int) -> bool:
    told = answer.body["error"]
    return (
        answer.status == 429
        and answer.headers["retry-after"] == "1"
        and told["type"] == "IPRateLimitError"
        and told["limit"] == {"rate": rate, "burst": burst}
    )


def test_an_address_whose_tokens_fail_has_a_hundred_tries(
    client: FlowClient, time: StoppedClock
) -> None:
    answers = [client.run("flow_" + "0" * 64) for _ in range(120)]

    assert Counter(a.status for a in answers) == {401: 100, 429: 20}
    assert is_ip_error(answers[-1], 50, 100)
    assert client.admin("GET", "/flow/limits").status == 200
    assert client.call("GET", "/flow/limits").status == 429
    assert FlowClient("198.51.100.1").run("x").status == 401


def test_an_address_has_four_hundred_calls_at_once_after_authentication(
    client: FlowClient, time: StoppedClock
) -> None:
    text = limited(FlowClient("192.0.2.9"), burst=1000)  # the administrator's calls count too
    answers = [client.run(text) for _ in range(420)]

    assert Counter(a.status for a in answers) == {200: 400, 429: 20}
    assert is_ip_error(answers[-1], 200, 400)
    assert FlowClient("198.51.100.1").run(text).status == 200
    time.now += 0.05
    assert statuses(15, lambda: client.run(text)) == {200: 10, 429: 5}


@pytest.mark.parametrize("path", ["/", "/health"])
def test_public_paths_have_a_limit_by_address(time: StoppedClock, path: str) -> None:
    answers = [Client(root).get(path) for _ in range(105)]

    assert Counter(a.status for a in answers) == {200: 100, 429: 5}
    assert is_ip_error(answers[-1], 50, 100)


def test_both_public_paths_share_one_bucket(time: StoppedClock) -> None:
    calls = [Client(root).get("/" if number % 2 else "/health") for number in range(102)]

    assert Counter(a.status for a in calls) == {200: 100, 429: 2}


def test_the_client_is_told_by_the_hop_before_the_api(
    client: FlowClient, time: StoppedClock
) -> None:
    def at(forwarded: str) -> int:
        headers = {"x-forwarded-for": forwarded}
        return client.call("GET", "/flow/status", headers=headers).status

    for _ in range(100):
        at("192.0.2.1, 203.0.113.7")
    assert at("192.0.2.1, 203.0.113.7") == 429
    assert at("10.9.8.7, 192.0.2.1, 203.0.113.7") == 429  # what the client says itself
    assert at("192.0.2.2, 203.0.113.7") == 401
    assert at("203.0.113.7") == 401


def test_parallel_calls_through_many_copies_pass_exactly_the_burst(client: FlowClient) -> None:
    text = limited(client, burst=10, per_minute=1)
    token_cache().clear()

    def call() -> int:
        return client.run(text).status

    assert Counter(at_once([call] * 40)) == {200: 10, 429: 30}


def test_a_cleared_limit_is_full_again(client: FlowClient, time: StoppedClock) -> None:
    text = limited(client, burst=2)
    statuses(3, lambda: client.run(text))

    answer = client.admin("DELETE", f"/flow/rate-limit/{text}")

    assert answer.body["message"] == "限流缓存已清除"
    assert statuses(3, lambda: client.run(text)) == {200: 2, 429: 1}


def test_a_limit_cleared_by_another_copy_is_full_here_too(
    client: FlowClient, time: StoppedClock
) -> None:
    text = limited(client, burst=2)
    statuses(3, lambda: client.run(text))
    remembered = dict(token_cache()._kept)
    client.admin("DELETE", f"/flow/rate-limit/{text}")
    token_cache()._kept.update(remembered)

    assert client.run(text).status == 429  # for a quarter of a second memory is believed
    time.now += 0.3
    assert statuses(3, lambda: client.run(text)) == {200: 2, 429: 1}


def test_a_token_deleted_elsewhere_is_401_and_no_longer_429(
    client: FlowClient, time: StoppedClock
) -> None:
    text = limited(client, burst=1)
    statuses(2, lambda: client.run(text))
    remembered = dict(token_cache()._kept)
    client.admin("DELETE", f"/flow/tokens/{text}")
    token_cache()._kept.update(remembered)
    time.now += 0.3

    assert client.run(text).status == 401


def test_raised_limits_count_at_once(client: FlowClient, time: StoppedClock) -> None:
    text = limited(client, burst=1)
    statuses(2, lambda: client.run(text))
    body = {"operation": "unlimited", "rate_limit_burst": 4}
    client.admin("PUT", f"/flow/tokens/{text}", body=body)

    assert statuses(5, lambda: client.run(text)) == {200: 3, 429: 2}


def test_limits_without_their_table_let_pass_and_raise_the_alarm(
    client: FlowClient,
    token: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    forget_limits()
    monkeypatch.setenv("LIMITS_TABLE", "no-such-table")

    assert client.run(token).status == 200
    assert Client(root).get("/health").status == 200
    assert '"RateLimitNotEnforced"' in capsys.readouterr().out


def test_an_allowed_call_costs_few_writes_and_a_refused_one_none(
    client: FlowClient, time: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = limited(client, burst=60)
    statuses(3, lambda: client.run(text))
    with counted_calls(monkeypatch) as allowed:
        statuses(40, lambda: client.run(text))
    statuses(20, lambda: client.run(text))
    with counted_calls(monkeypatch) as refused:
        assert statuses(200, lambda: client.run(text)) == {429: 200}

    # Token and figures one each, the address one in twenty.
    assert allowed["UpdateItem"] <= 40 * 2 + 3
    # Two hundred refusals: figures in hundreds, the address's bucket in twenties.
    assert refused["UpdateItem"] <= 2 + 200 / 20 + 6
    assert refused.total() - refused["UpdateItem"] <= 1


def test_what_a_token_was_allowed_and_refused_is_kept_by_the_hour(
    client: FlowClient, time: StoppedClock
) -> None:
    text = limited(client, burst=3)
    statuses(5, lambda: client.run(text))
    time.now += 61
    client.run(text)
    forget_copy()  # and another copy goes on
    client.run(text)
    time.now += 61
    client.run(text)

    (shown,) = client.admin("GET", "/flow/tokens", query={"token": text}).data
    assert shown["rate_limit_history"] == [
        {"hour": "2026-02-27 18:00:00", "allowed": 6, "refused": 2}
    ]
