"""A budget, set and read; what it refuses is the ledger's part (tests/integration/ledger)."""

from datetime import UTC, datetime

import pytest

from shared.core import clock
from shared.core.errors import RateLimited
from shared.ledger import ledger
from tests.support.analytics import BUDGET, pay
from tests.support.aws import counted_calls

NOVEMBER = datetime(2026, 11, 20, tzinfo=UTC).timestamp


@pytest.fixture(autouse=True)
def in_november():
    with clock.travelling(NOVEMBER):
        yield


def test_without_a_budget_there_is_no_limit(client):
    assert client.get(BUDGET).data == {
        "monthly_cost_limit": None, "action": None, "month": "2026-11", "spent": 0.0,
        "reserved": 0.0, "remaining": None, "used_percent": None,
        "resets_at": "2026-11-30T16:00:00Z", "currency": "CNY",
    }  # fmt: skip


def test_a_budget_tells_how_the_month_stands(client, caller):
    pay(caller.user_id, 250_000)
    ledger.reserve_now(user_id=caller.user_id, amount_micro=100_000)

    answer = client.put(BUDGET, {"monthly_cost_limit": 2.5, "action": "warn"})

    assert answer.status == 200
    expected = {
        "monthly_cost_limit": 2.5, "action": "warn", "month": "2026-11", "spent": 0.25,
        "reserved": 0.1, "remaining": 2.15, "used_percent": 10.0,
        "resets_at": "2026-11-30T16:00:00Z", "currency": "CNY",
    }  # fmt: skip
    assert answer.data == expected
    assert client.get(BUDGET).data == expected


def test_a_budget_that_blocks_refuses_with_429(client, caller):
    client.put(BUDGET, {"monthly_cost_limit": 0.000005, "action": "block"})
    pay(caller.user_id, 5)

    with pytest.raises(RateLimited) as refused:
        pay(caller.user_id, 1)

    assert (refused.value.status, refused.value.code) == (429, "RATE_LIMITED")
    assert refused.value.details["reason"] == "budget"
    assert client.get(BUDGET).data["remaining"] == 0.0

    client.put(BUDGET, {"monthly_cost_limit": 0.000005, "action": "warn"})
    pay(caller.user_id, 1)
    found = client.get(BUDGET).data
    assert (found["spent"], found["remaining"], found["used_percent"]) == (0.000006, 0.0, 120.0)


def test_a_limit_of_null_takes_the_budget_away(client, caller):
    client.put(BUDGET, {"monthly_cost_limit": 0.000005, "action": "block"})
    pay(caller.user_id, 5)

    removed = client.put(BUDGET, {"monthly_cost_limit": None})

    assert (removed.status, removed.body["message"]) == (200, "预算已取消")
    assert [removed.data[name] for name in ("monthly_cost_limit", "action", "remaining")] == [
        None
    ] * 3
    assert client.get(BUDGET).data == removed.data
    pay(caller.user_id, 1_000_000)
    assert client.get(BUDGET).data["spent"] == 1.000005
    assert client.put(BUDGET, {"monthly_cost_limit": None}).status == 200


def test_a_budget_set_again_counts_what_was_spent_without_one(client, caller):
    limit = {"monthly_cost_limit": 0.00001, "action": "block"}
    client.put(BUDGET, limit)
    client.put(BUDGET, {"monthly_cost_limit": None})
    pay(caller.user_id, 8)

    assert client.put(BUDGET, limit).data["remaining"] == 0.000002
    with pytest.raises(RateLimited):
        pay(caller.user_id, 3)


def test_action_is_block_unless_said(client):
    assert client.put(BUDGET, {"monthly_cost_limit": 1}).data["action"] == "block"


def test_a_limit_of_nothing_refuses_everything_that_costs(client, caller):
    client.put(BUDGET, {"monthly_cost_limit": 0, "action": "block"})
    assert client.get(BUDGET).data["used_percent"] is None
    pay(caller.user_id, 0)
    with pytest.raises(RateLimited):
        pay(caller.user_id, 1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"monthly_cost_limit": -1, "action": "block"}, "monthly_cost_limit"),
        ({"monthly_cost_limit": "10", "action": "block"}, "monthly_cost_limit"),
        ({"monthly_cost_limit": True, "action": "block"}, "monthly_cost_limit"),
        ({"monthly_cost_limit": 1_000_000_001, "action": "block"}, "monthly_cost_limit"),
        ({"action": "block"}, "monthly_cost_limit"),
        ({"monthly_cost_limit": 1, "action": "explode"}, "action"),
        ({"monthly_cost_limit": 1, "limit": 2}, "limit"),
    ],
)
def test_what_is_not_valid_is_named_and_changes_nothing(client, body, field):
    answer = client.put(BUDGET, body)
    assert (answer.status, answer.error["details"]["field"]) == (400, field)
    assert client.get(BUDGET).data["monthly_cost_limit"] is None


def test_a_read_is_one_call(client, monkeypatch):
    client.put(BUDGET, {"monthly_cost_limit": 1})
    with counted_calls(monkeypatch) as calls:
        client.get(BUDGET)
    assert calls["BatchGetItem"] == 1
    assert set(calls) <= {"BatchGetItem", "UpdateItem"}  # the caller's rate limit
