"""Notices at 80 and 100 percent: once, whoever crosses them, and never lost."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.events.models import EventsBackend

from functions.dispatcher.handler import handler
from shared.core import clock, ids
from shared.core.errors import RateLimited
from shared.ledger import ledger
from tests.support.analytics import pay, promised_events, put_items
from tests.support.at_once import at_once
from tests.support.aws import EVENT_BUS, counted_calls
from tests.support.ledger import line, month
from tests.support.streams import stream_event


@pytest.fixture
def user_id() -> str:
    return ids.new_id("user")


def percents() -> list[int]:
    return sorted(each["percent"] for each in promised_events())


def test_each_threshold_is_told_once(user_id):
    ledger.set_budget(user_id, 100, "warn")
    told = []
    for cost in (79, 1, 19, 1, 50):
        pay(user_id, cost)
        told.append(percents())

    assert told == [[], [80], [80], [80, 100], [80, 100]]


def test_a_notice_says_what_is_reached(user_id):
    with clock.travelling(datetime(2026, 11, 20, tzinfo=UTC).timestamp):
        ledger.set_budget(user_id, 10_000_000, "block")
        pay(user_id, 8_100_000)

    (notice,) = promised_events()
    assert notice == {
        "id": f"{user_id}/2026-11/80/10000000", "user_id": user_id, "month": "2026-11",
        "percent": 80, "action": "block", "monthly_cost_limit": 10.0, "spent": 8.1,
        "currency": "CNY", "reason": "spent",
    }  # fmt: skip


def test_one_call_may_cross_both(user_id):
    ledger.set_budget(user_id, 100, "warn")
    pay(user_id, 500)
    assert percents() == [80, 100]
    assert (month(user_id)["spent"], month(user_id)["available"]) == (500, -400)


def test_calls_at_once_tell_once_and_count_exactly(user_id):
    ledger.set_budget(user_id, 20 * 7, "warn")
    at_once([lambda: pay(user_id, 7)] * 40)
    assert percents() == [80, 100]
    assert (month(user_id)["spent"], month(user_id)["available"]) == (280, -140)


def test_a_settle_that_comes_again_tells_nothing_more(user_id):
    ledger.set_budget(user_id, 100, "warn")
    held = ledger.reserve_now(user_id=user_id, amount_micro=90)
    for _ in range(3):
        ledger.settle_now(held, [line(cost_micro=90)])
    assert percents() == [80]
    assert month(user_id)["spent"] == 90


def test_a_call_whose_reservation_ran_out_is_told_too(user_id):
    ledger.set_budget(user_id, 100, "warn")
    held = ledger.reserve_now(user_id=user_id, amount_micro=90)
    ledger.release_now(held)
    ledger.settle_now(held, [line(cost_micro=90)])
    assert percents() == [80]
    assert (month(user_id)["spent"], month(user_id)["available"]) == (90, 10)


def test_the_first_refusal_of_a_month_at_its_end_is_the_last_notice(user_id):
    ledger.set_budget(user_id, 100, "block")
    pay(user_id, 95)
    for _ in range(3):
        with pytest.raises(RateLimited):
            ledger.reserve_now(user_id=user_id, amount_micro=6)
    assert [(each["percent"], each["reason"]) for each in promised_events()] == [
        (80, "spent"), (100, "refused"),
    ]  # fmt: skip
    pay(user_id, 5)
    assert percents() == [80, 100]


def test_refusals_at_once_tell_once(user_id):
    ledger.set_budget(user_id, 100, "block")
    pay(user_id, 95)

    def refused() -> None:
        with pytest.raises(RateLimited):
            ledger.reserve_now(user_id=user_id, amount_micro=6)

    at_once([refused] * 12)
    assert percents() == [80, 100]


def test_a_call_that_alone_is_too_dear_tells_nothing(user_id):
    ledger.set_budget(user_id, 100, "block")
    pay(user_id, 10)
    with pytest.raises(RateLimited):
        ledger.reserve_now(user_id=user_id, amount_micro=91)
    assert percents() == []


def test_another_limit_has_notices_of_its_own(user_id):
    ledger.set_budget(user_id, 100, "warn")
    pay(user_id, 85)
    ledger.set_budget(user_id, 100, "block")  # the same limit
    pay(user_id, 1)
    assert percents() == [80]
    ledger.set_budget(user_id, 1_000, "warn")
    pay(user_id, 713)
    assert percents() == [80]
    pay(user_id, 1)
    assert percents() == [80, 80]


def test_a_limit_below_what_is_spent_is_told_by_the_next_call(user_id):
    pay(user_id, 500)
    ledger.set_budget(user_id, 100, "block")
    with pytest.raises(RateLimited):
        pay(user_id, 1)
    assert percents() == [80, 100]


def test_each_month_has_its_notices(user_id):
    for day in (datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 12, 20, tzinfo=UTC)):
        with clock.travelling(day.timestamp):
            ledger.set_budget(user_id, 100, "warn")
            pay(user_id, 100)
    assert percents() == [80, 80, 100, 100]


def test_without_a_budget_nothing_is_told(user_id):
    pay(user_id, 10**12)
    assert percents() == []


def test_a_month_from_before_notices_goes_on(user_id):
    name = ledger.budget_month(clock.now())
    old = {"available": -10, "spent": 10, "limit_micro": 0, "blocks": False}
    put_items([{"pk": f"USER#{user_id}", "sk": f"MONTH#{name}", **old}])
    pay(user_id, 5)
    pay(user_id, 5)
    assert (month(user_id)["spent"], percents()) == (20, [])


def test_what_crosses_nothing_costs_no_call_more(user_id, monkeypatch):
    ledger.set_budget(user_id, 100, "warn")
    held = ledger.reserve_now(user_id=user_id, amount_micro=50)
    with counted_calls(monkeypatch) as calls:
        ledger.settle_now(held, [line(cost_micro=50)])
    assert calls == {"TransactWriteItems": 1}
    held = ledger.reserve_now(user_id=user_id, amount_micro=50)
    with counted_calls(monkeypatch) as calls:
        ledger.settle_now(held, [line(cost_micro=50)])
    assert calls == {"TransactWriteItems": 2}


def test_a_notice_becomes_an_event_on_the_bus(user_id, bus, deliver):
    ledger.set_budget(user_id, 100, "warn")
    pay(user_id, 100)
    waiting = list(promised_events())

    assert deliver() == []

    assert [json.loads(each["Detail"]) for each in bus] == waiting
    assert [each["percent"] for each in waiting] == [80, 100]
    assert {(each["EventBusName"], each["Source"], each["DetailType"]) for each in bus} == {
        (EVENT_BUS, "rolecraft", "BudgetThresholdReached")
    }
    assert percents() == []


def test_a_notice_that_the_bus_does_not_take_waits(user_id, bus, deliver, monkeypatch):
    ledger.set_budget(user_id, 100, "warn")
    pay(user_id, 80)
    refuses = {"ErrorCode": "InternalFailure", "ErrorMessage": "later"}
    monkeypatch.setattr(EventsBackend, "put_events", lambda _, events: [refuses for _ in events])

    assert len(deliver()) == 1

    assert percents() == [80]


@pytest.fixture
def bus(monkeypatch):
    """What was put on the bus; moto would need a library of its own to pass it on."""
    heard: list[dict[str, Any]] = []

    def put_events(_: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, str]]:
        heard.extend(events)
        return [{"EventId": "1"} for _ in events]

    monkeypatch.setattr(EventsBackend, "put_events", put_events)
    return heard


@pytest.fixture
def deliver(monkeypatch):
    """The dispatcher, given what the ledger's stream shows; gives what it failed at."""
    for machine in ("ACCOUNT_DELETION", "TASK", "WEBHOOK", "LEARNING_JOB"):
        monkeypatch.setenv(f"{machine}_STATE_MACHINE_ARN", "arn:not:used")
    return lambda: handler(stream_event("LEDGER_TABLE"), None)["batchItemFailures"]
