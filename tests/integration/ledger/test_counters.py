"""Counters by quarter of an hour: exact for every time zone, and without names when asked."""

import os
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import boto3
import pytest

from shared.core import clock, ids
from shared.data.ledger_days import find_days, find_figures
from shared.data.ledger_months import find_budget
from shared.ledger import ledger
from tests.support.analytics import put_items
from tests.support.ledger import counters, line, stored_lines

ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Asia/Kolkata",
    "America/New_York",
    "Pacific/Kiritimati",
    "Pacific/Chatham",
)
NOON = datetime(2026, 11, 21, 12, 44, 59, tzinfo=UTC).timestamp()


@pytest.fixture
def user_id() -> str:
    return ids.new_id("user")


def settle_at(user_id: str, moment: float, cost_micro: int) -> None:
    with clock.travelling(lambda: moment):
        held = ledger.reserve_now(user_id=user_id, amount_micro=0)
        ledger.settle_now(held, [line(cost_micro=cost_micro)])


def day(user_id: str, dimension: str = "total", date: str = "2026-11-21") -> dict[str, object]:
    key = {"pk": f"USER#{user_id}", "sk": f"DAY#{date}#{dimension}"}
    table = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])
    return dict(table.get_item(Key=key)["Item"])


def test_each_quarter_of_an_hour_has_its_own_numbers(user_id: str) -> None:
    for moment, cost in ((NOON, 1), (NOON + 1, 10), (NOON + 2, 20)):
        settle_at(user_id, moment, cost)

    found = day(user_id)
    assert (found["n50"], found["t50"], found["c50"]) == (1, 30, 1)
    assert (found["n51"], found["t51"], found["c51"]) == (2, 60, 30)


def test_the_quarters_of_a_day_are_numbered_from_midnight_utc(user_id: str) -> None:
    midnight = datetime(2026, 11, 22, tzinfo=UTC).timestamp()
    settle_at(user_id, midnight - 0.001, 1)
    settle_at(user_id, midnight, 2)

    assert day(user_id)["c95"] == 1
    assert day(user_id, date="2026-11-22")["c00"] == 2


def test_the_parts_of_a_day_are_the_sums_of_their_quarters(user_id: str) -> None:
    midnight = datetime(2026, 11, 21, tzinfo=UTC).timestamp()
    for hours, cost in ((0, 1), (15.99, 10), (16, 100), (23.99, 1_000)):
        settle_at(user_id, midnight + hours * 3600, cost)

    found = day(user_id, "model#builtin")
    assert (found["N00"], found["T00"], found["C00"]) == (2, 60, 11)
    assert (found["N64"], found["T64"], found["C64"]) == (2, 60, 1_100)


def test_a_day_of_any_zone_is_the_sum_of_its_quarters(user_id: str) -> None:
    midnight = datetime(2026, 11, 21, tzinfo=UTC).timestamp()
    for hour in range(24):
        settle_at(user_id, midnight + hour * 3600, 1)

    requests = {}
    for zone in ZONES:
        start = datetime(2026, 11, 21, tzinfo=ZoneInfo(zone))
        found = find_figures(user_id, start, start + timedelta(days=1))
        (requests[zone],) = {each.requests for each in found.values()}

    assert requests == {
        "UTC": 24,
        "Asia/Shanghai": 16,
        "Asia/Kolkata": 19,
        "America/New_York": 19,
        "Pacific/Kiritimati": 10,
        "Pacific/Chatham": 11,
    }


def test_a_read_is_sent_the_parts_of_a_day_and_few_quarters(user_id: str) -> None:
    full = {f"{kind}{quarter:02d}": 1 for kind in "ntc" for quarter in range(96)}
    parts = {f"{kind}{part}": 1 for kind in "NTC" for part in ("00", "64")}
    put_items([{"pk": f"USER#{user_id}", "sk": "DAY#2026-11-21#total", **full, **parts}])

    sent = {}
    for zone in ZONES:
        start = datetime(2026, 11, 21, tzinfo=ZoneInfo(zone))
        (found,) = find_days(user_id, start, start + timedelta(days=1))
        sent[zone] = len(found.numbers)

    # Midnight in Kolkata is 18:30 UTC, ten quarters after 16:00; in New York it is 05:00.
    assert sent == {
        "UTC": 6,
        "Asia/Shanghai": 6,
        "Asia/Kolkata": 36,
        "America/New_York": 66,
        "Pacific/Kiritimati": 78,
        "Pacific/Chatham": 75,
    }


def test_a_days_item_does_not_grow_with_its_calls(user_id: str) -> None:
    settle_at(user_id, NOON, 1)
    before = set(day(user_id))

    for _ in range(5):
        settle_at(user_id, NOON, 1)

    assert set(day(user_id)) == before
    assert day(user_id)["n50"] == 6


def test_a_role_is_counted_under_its_id_with_its_latest_name(user_id: str) -> None:
    for name in ("律师", "法律顾问"):
        held = ledger.reserve_now(user_id=user_id, amount_micro=0)
        ledger.settle_now(held, [line(role_id="role_1", role_name=name)])

    today = clock.iso(clock.now())[:10]
    assert day(user_id, "role#role_1", today)["name"] == "法律顾问"
    assert [each["role_name"] for each in stored_lines(user_id)] == ["律师", "法律顾问"]


def test_lines_stay_when_the_account_goes_the_persons_words_do_not(user_id: str) -> None:
    ledger.set_budget(user_id, 1_000_000, "block")
    held = ledger.reserve_now(user_id=user_id, amount_micro=0)
    ledger.settle_now(held, [line(role_id="role_1", role_name="张三的律师")])
    before = counters(user_id)

    for _ in range(2):
        ledger.forget_person(user_id)

    (kept,) = stored_lines(user_id)
    assert kept["cost_micro"] == 1_000
    assert counters(user_id) == before
    assert "role_name" not in kept
    assert "name" not in day(user_id, "role#role_1", clock.iso(clock.now())[:10])
    assert find_budget(user_id) is None
