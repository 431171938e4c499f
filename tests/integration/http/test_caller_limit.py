"""The limit of every caller, on the table."""

import os

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError

from shared.core import clock
from shared.data.limits import DynamoBuckets, StoreUnreachable
from shared.http.rate_limit import Limiter, caller_limiter
from tests.integration.conftest import Callers
from tests.integration.http.things import PATH, Things, things_api
from tests.support.at_once import at_once
from tests.support.aws import counted_calls
from tests.support.http import Client

STOPPED = 1_800_000_000.0


@pytest.fixture
def client(caller: Callers) -> Client:
    return Client(things_api(Things()), caller.user)


def empty(caller_id: str) -> None:
    """Take all of the caller's tokens, as other copies of the service would."""
    other_copy = Limiter("caller", rate_per_s=10, burst=100, store=DynamoBuckets())
    assert other_copy.check(caller_id, cost=100).allowed


def test_a_caller_over_the_limit_is_told_when_to_come_back(client: Client, caller: Callers) -> None:
    now = clock.timestamp()
    with clock.travelling(lambda: now):
        empty(caller.user_id)
        answer = client.post(PATH, {"name": "灯"})

    assert (answer.status, answer.error["code"]) == (429, "RATE_LIMITED")
    assert answer.headers["retry-after"] == "1"
    assert client.as_caller(caller.other_user).post(PATH, {"name": "灯"}).status == 201


def test_calls_with_a_body_that_cannot_be_read_count_too(client: Client, caller: Callers) -> None:
    now = clock.timestamp()
    json = {"content-type": "application/json"}
    with clock.travelling(lambda: now):
        for _ in range(100):
            assert client.call("POST", PATH, raw=b"{", headers=json).status == 400
        assert client.call("POST", PATH, raw=b"{", headers=json).status == 429


def test_most_calls_of_a_known_caller_ask_no_store(
    client: Client, caller: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post(PATH, {"name": "灯"})

    with counted_calls(monkeypatch) as calls:
        for _ in range(10):
            assert client.post(PATH, {"name": "灯"}).status == 201

    assert calls == {"UpdateItem": 2}


def test_a_caller_who_is_refused_costs_no_write(
    client: Client, caller: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.timestamp()
    with clock.travelling(lambda: now):
        empty(caller.user_id)
        assert client.post(PATH, {"name": "灯"}).status == 429
        with counted_calls(monkeypatch) as calls:
            assert client.post(PATH, {"name": "灯"}).status == 429

    assert calls.total() == 0


def test_a_lost_limits_table_is_no_outage(
    client: Client, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    boto3.client("dynamodb").delete_table(TableName=os.environ["LIMITS_TABLE"])

    assert client.post(PATH, {"name": "灯"}).status == 201

    assert "rate limit not enforced" in caplog.messages
    assert '"RateLimitNotEnforced"' in capsys.readouterr().out


def test_a_table_out_of_reach_is_told_apart_from_a_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_network(*_: object) -> None:
        raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    monkeypatch.setattr("botocore.endpoint.Endpoint.make_request", no_network)

    with pytest.raises(StoreUnreachable):
        DynamoBuckets().restart("a", 1, 2)


def test_two_hundred_callers_at_once_never_pass_more_than_the_burst() -> None:
    store = DynamoBuckets()
    copies = [Limiter("flow", rate_per_s=1, burst=50, store=store, lease=5) for _ in range(4)]

    def call(number: int) -> bool:
        return copies[number % 4].check("token").allowed

    with clock.travelling(lambda: STOPPED):
        admitted = sum(at_once([lambda n=n: call(n) for n in range(200)]))

    assert 30 <= admitted <= 50


def test_with_no_leases_exactly_the_burst_passes() -> None:
    store = DynamoBuckets()
    copies = [Limiter("flow", rate_per_s=1, burst=50, store=store) for _ in range(4)]

    def call(number: int) -> bool:
        return copies[number % 4].check("token").allowed

    with clock.travelling(lambda: STOPPED):
        assert sum(at_once([lambda n=n: call(n) for n in range(200)])) == 50


def test_buckets_are_forgotten_by_the_table(caller: Callers, client: Client) -> None:
    client.post(PATH, {"name": "灯"})

    key = {"pk": f"RATE#caller#{caller.user_id}", "sk": "RATE"}
    item = boto3.resource("dynamodb").Table(os.environ["LIMITS_TABLE"]).get_item(Key=key)["Item"]
    assert clock.timestamp() < item["ttl"] < clock.timestamp() + 7200
    assert caller_limiter().check(caller.user_id).remaining > 90
