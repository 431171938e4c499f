"""The EventBridge schedule of a trigger."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.workspaces.expressions import timetable
from shared.workspaces.triggers import TriggerType, parse_trigger

ANCHOR = datetime(2026, 11, 22, 2, 0, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("type_", "value", "expression"),
    [
        ("once", "2026-12-01T09:00", "at(2026-12-01T09:00:00)"),
        ("interval", "30m", "rate(30 minutes)"),
        ("interval", "1h", "rate(1 hours)"),
        ("interval", "2d", "rate(2 days)"),
        ("daily", "09:05", "cron(5 9 * * ? *)"),
        ("weekly", "MON 09:00", "cron(0 9 ? * MON *)"),
        ("monthly", "1 09:00", "cron(0 9 1 * ? *)"),
        ("monthly", "28 09:00", "cron(0 9 28 * ? *)"),
        ("monthly", "29 09:00", "cron(0 9 28-29 * ? *)"),
        ("monthly", "30 09:00", "cron(0 9 28-30 * ? *)"),
        ("monthly", "31 09:00", "cron(0 9 L * ? *)"),
        ("cron", "0 9 ? * 2#1 2027", "cron(0 9 ? * 2#1 2027)"),
    ],
)
def test_an_expression_for_each_kind(type_: TriggerType, value: str, expression: str) -> None:
    table = timetable(parse_trigger(type_, value, "Asia/Shanghai", ANCHOR), ANCHOR)
    assert table is not None
    assert (table.expression, table.zone) == (expression, "Asia/Shanghai")


def test_nothing_is_scheduled_for_what_never_comes() -> None:
    assert timetable(parse_trigger("manual", "", "UTC", ANCHOR), ANCHOR) is None
    past = parse_trigger("once", "2026-11-22T02:00", "UTC", ANCHOR)
    assert timetable(past, ANCHOR) is None


def test_a_rate_starts_at_the_next_step_and_any_step_is_as_good() -> None:
    """EventBridge refuses a start in the past, so one that is made again has a later one."""
    hourly = parse_trigger("interval", "1h", "UTC", ANCHOR)
    table = timetable(hourly, ANCHOR + timedelta(minutes=90))
    assert table is not None
    assert table.start == ANCHOR + timedelta(hours=2)
    assert table.agrees_with("rate(1 hours)", "UTC", ANCHOR + timedelta(hours=1))
    assert not table.agrees_with("rate(1 hours)", "UTC", ANCHOR + timedelta(minutes=61))
    assert not table.agrees_with("rate(1 hours)", "UTC", None)
    assert not table.agrees_with("rate(2 hours)", "UTC", table.start)
    assert not table.agrees_with("rate(1 hours)", "Asia/Tokyo", table.start)


def test_a_cron_has_no_start() -> None:
    daily = timetable(parse_trigger("daily", "09:00", "UTC", ANCHOR), ANCHOR)
    assert daily is not None
    assert daily.start is None
    assert daily.agrees_with("cron(0 9 * * ? *)", "UTC", None)
