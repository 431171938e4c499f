"""Counters by quarters of an hour: exact for every time zone, and without names when asked."""

import os
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import boto3
import pytest

from shared.core import clock, ids
from shared.data.ledger_days import OldCounter, find_days, find_figures
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


def test_a_call_counts_in_every_sum_that_its_quarter_is_in(user_id: str) -> None:
    for moment, cost in ((NOON, 1), (NOON + 1, 10), (NOON + 2, 20)):
        settle_at(user_id, moment, cost)

    # 12:44:59 is in the 51st quarter; the two after it are in the 52nd, which ends the 13th hour.
    found = day(user_id)
    assert (found["r51"], found["t51"], found["c51"]) == (1, 30, 1)
    for end in ("52", "64"):
        assert (found[f"r{end}"], found[f"t{end}"], found[f"c{end}"]) == (3, 90, 31)
    assert {name for name in found if name[0] == "r"} == {"r51", "r52", "r64"}


def test_a_day_is_one_of_utc(user_id: str) -> None:
    midnight = datetime(2026, 11, 22, tzinfo=UTC).timestamp()
    settle_at(user_id, midnight - 0.001, 1)
    settle_at(user_id, midnight, 2)

    assert day(user_id)["c96"] == 1
    assert day(user_id, date="2026-11-22")["c01"] == 2


def test_a_day_is_the_sums_of_its_two_parts(user_id: str) -> None:
    midnight = datetime(2026, 11, 21, tzinfo=UTC).timestamp()
    for hours, cost in ((0, 1), (15.99, 10), (16, 100), (23.99, 1_000)):
        settle_at(user_id, midnight + hours * 3600, cost)

    found = day(user_id, "model#builtin")
    assert (found["r64"], found["t64"], found["c64"]) == (2, 60, 11)
    assert (found["r96"], found["t96"], found["c96"]) == (2, 60, 1_100)


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


def test_a_read_is_sent_few_numbers_of_a_day(user_id: str) -> None:
    full = {f"{kind}{end:02d}": 1 for kind in "rtc" for end in range(1, 97)}
    put_items([{"pk": f"USER#{user_id}", "sk": "DAY#2026-11-21#total", **full}])

    sent = {}
    for zone in ZONES:
        start = datetime(2026, 11, 21, tzinfo=ZoneInfo(zone))
        (found,) = find_days(user_id, start, start + timedelta(days=1))
        sent[zone] = len(found.sums.keys() & full)

    # Two parts of the day always. Midnight in New York is 05:00 UTC: the first four hours, and one;
    # in Kolkata it is 18:30: two hours after the first part, and two quarters.
    assert sent == {
        "UTC": 6,
        "Asia/Shanghai": 6,
        "Asia/Kolkata": 18,
        "America/New_York": 12,
        "Pacific/Kiritimati": 18,
        "Pacific/Chatham": 21,
    }


def test_a_counter_of_the_layout_before_is_told_and_not_taken_for_nothing(user_id: str) -> None:
    before = {f"{kind}64": 1 for kind in "ntcNTC"}
    put_items([{"pk": f"USER#{user_id}", "sk": "DAY#2026-11-21#total", **before}])
    start = datetime(2026, 11, 21, tzinfo=UTC)

    with pytest.raises(OldCounter, match="total of 2026-11-21"):
        find_figures(user_id, start, start + timedelta(days=1))


def test_a_days_item_does_not_grow_with_its_calls(user_id: str) -> None:
    settle_at(user_id, NOON, 1)
    before = set(day(user_id))

    for _ in range(5):
        settle_at(user_id, NOON, 1)

    assert set(day(user_id)) == before
    assert day(user_id)["r51"] == 6


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
