"""Usage by periods and dimensions, in days of the caller's time zone."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from shared.core import clock
from tests.support.analytics import USAGE, spent
from tests.support.aws import counted_calls

ZERO = {"requests": 0, "tokens": 0, "cost": 0.0}


def days(first: str, last: str, **more: str) -> dict[str, str]:
    return {"start_date": first, "end_date": last, **more}


def test_every_day_is_there_zeros_too(client, caller):
    spent(caller.user_id, "2026-11-02T03:00:00Z", cost_micro=1_500_000)
    spent(caller.user_id, "2026-11-02T04:00:00Z", cost_micro=500_000)

    found = client.get(USAGE, **days("2026-11-01", "2026-11-03")).data

    assert found["by_date"] == [
        {"date": "2026-11-01", **ZERO},
        {"date": "2026-11-02", "requests": 2, "tokens": 60, "cost": 2.0},
        {"date": "2026-11-03", **ZERO},
    ]
    totals = [found[f"total_{name}"] for name in ("requests", "tokens", "cost")]
    assert totals == [2, 60, 2.0]
    assert (found["timezone"], found["granularity"]) == ("Asia/Shanghai", "day")


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Asia/Shanghai", "2026-11-03"),
        ("UTC", "2026-11-02"),
        ("America/New_York", "2026-11-02"),
        ("Asia/Kathmandu", "2026-11-02"),
        ("Pacific/Kiritimati", "2026-11-03"),
    ],
)
def test_a_day_is_one_of_the_callers_zone(client, caller, zone, day):
    spent(caller.user_id, "2026-11-02T17:30:00Z")

    found = client.get(USAGE, **days("2026-10-30", "2026-11-06", timezone=zone)).data

    assert [each["date"] for each in found["by_date"] if each["requests"]] == [day]


def test_the_quarters_at_both_ends_of_the_range_are_exact(client, caller):
    moments = ["15:59:59", "16:00:00"]
    for moment in moments:
        spent(caller.user_id, f"2026-11-01T{moment}Z")
        spent(caller.user_id, f"2026-11-02T{moment}Z")

    found = client.get(USAGE, **days("2026-11-02", "2026-11-02")).data

    assert found["total_requests"] == 2
    assert found["by_feature"][0]["requests"] == 2


def test_a_day_of_twenty_five_hours_counts_them_all(client, caller):
    # New York leaves summer time on 2026-11-01 at 06:00 UTC.
    for hour in range(4, 29):
        moment = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hour)
        spent(caller.user_id, clock.iso(moment))

    found = client.get(USAGE, **days("2026-11-01", "2026-11-01", timezone="America/New_York"))

    assert found.data["by_date"][0]["requests"] == 25


def test_weeks_begin_on_monday_and_months_on_the_first(client, caller):
    for day in ("2026-10-31", "2026-11-01", "2026-11-02", "2026-11-30"):
        spent(caller.user_id, f"{day}T04:00:00Z")

    weeks = client.get(USAGE, **days("2026-10-31", "2026-11-30", granularity="week")).data
    assert [(each["date"], each["requests"]) for each in weeks["by_date"]] == [
        ("2026-10-26", 2), ("2026-11-02", 1), ("2026-11-09", 0), ("2026-11-16", 0),
        ("2026-11-23", 0), ("2026-11-30", 1),
    ]  # fmt: skip
    months = client.get(USAGE, **days("2026-10-31", "2026-11-30", granularity="month")).data
    assert [(each["date"], each["requests"]) for each in months["by_date"]] == [
        ("2026-10-01", 1), ("2026-11-01", 3),
    ]  # fmt: skip


def test_dimensions_add_up_to_the_total_the_dearest_first(client, caller):
    user = caller.user_id
    spent(user, "2026-11-02T04:00:00Z", cost_micro=10, role_id="role_a", role_name="律师")
    spent(user, "2026-11-03T04:00:00Z", cost_micro=20, role_id="role_a", role_name="顾问")
    spent(user, "2026-11-03T04:00:00Z", cost_micro=5, role_id="role_b", role_name="客服")
    spent(user, "2026-11-04T04:00:00Z", cost_micro=90, feature="image", model="seedream")

    found = client.get(USAGE, **days("2026-11-01", "2026-11-05")).data

    roles = [(each["role_id"], each["role_name"], each["requests"]) for each in found["by_role"]]
    assert roles == [("role_a", "顾问", 2), ("role_b", "客服", 1)]
    assert [each["model"] for each in found["by_model"]] == ["seedream", "builtin"]
    assert {each["feature"]: each["requests"] for each in found["by_feature"]} == {
        "image": 1, "chat": 3,
    }  # fmt: skip
    for by in ("by_model", "by_feature", "by_date"):
        assert sum(each["requests"] for each in found[by]) == found["total_requests"]


def test_without_dates_it_is_the_last_thirty_days(client):
    now = datetime(2026, 11, 20, 17, 0, tzinfo=UTC).timestamp()
    with clock.travelling(lambda: now):
        found = client.get(USAGE).data
        abroad = client.get(USAGE, timezone="UTC").data

    assert (found["start_date"], found["end_date"]) == ("2026-10-23", "2026-11-21")
    assert len(found["by_date"]) == 30
    assert abroad["end_date"] == "2026-11-20"


def test_four_hundred_days_are_the_most(client):
    last = date(2026, 11, 20)
    first = last - timedelta(days=399)
    found = client.get(USAGE, **days(str(first), str(last))).data
    dates = [date.fromisoformat(each["date"]) for each in found["by_date"]]
    assert len(dates) == 400
    assert all(after - before == timedelta(days=1) for before, after in pairwise(dates))

    refused = client.get(USAGE, **days(str(first - timedelta(days=1)), str(last)))
    assert (refused.status, refused.error["details"]["field"]) == (400, "start_date")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start_date": "2026-11-03", "end_date": "2026-11-02"}, "start_date"),
        ({"start_date": "2026-02-30"}, "start_date"),
        ({"end_date": "20261102"}, "end_date"),
        ({"end_date": "2026-W47-1"}, "end_date"),
        ({"end_date": "٢٠٢٦-١١-٠٢"}, "end_date"),
        ({"start_date": ""}, "start_date"),
        ({"start_date": "0001-01-01", "end_date": "0001-01-02"}, "start_date"),
        ({"end_date": "9999-12-31"}, "end_date"),
        ({"granularity": "year"}, "granularity"),
        ({"timezone": "Asia/Atlantis"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"timezone": ""}, "timezone"),
    ],
)
def test_what_is_not_valid_is_named(client, query, field):
    answer = client.get(USAGE, **query)

    assert (answer.status, answer.error["code"]) == (400, "INVALID_REQUEST")
    assert answer.error["details"]["field"] == field


def test_the_cost_of_a_read_does_not_grow_with_the_calls(client, caller, monkeypatch):
    calls = []
    for count in (1, 30):
        for _ in range(count):
            spent(caller.user_id, "2026-11-02T04:00:00Z")
        client.get(USAGE)  # knows the caller from now on
        with counted_calls(monkeypatch) as counted:
            found = client.get(USAGE, **days("2026-11-01", "2026-11-30")).data
        calls.append({name: number for name, number in counted.items() if name != "UpdateItem"})

    assert found["total_requests"] == 31
    assert calls == [{"Query": 1}, {"Query": 1}]
