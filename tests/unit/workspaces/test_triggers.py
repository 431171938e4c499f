"""Triggers: their grammar, and the moments they plan."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from shared.workspaces.triggers import Trigger, TriggerError, TriggerType, parse_trigger

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai, a Sunday
SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"


def trigger(type_: TriggerType, value: str, zone: str = SHANGHAI, now: datetime = NOW) -> Trigger:
    return parse_trigger(type_, value, zone, now, now=now)


def moments(of: Trigger, count: int, after: datetime = NOW) -> list[str]:
    return [f"{each:%Y-%m-%d %H:%M}" for each in islice(of.after(after), count)]


def refusal(type_: TriggerType, value: str, zone: str = SHANGHAI) -> tuple[str, list[str]]:
    with pytest.raises(TriggerError) as caught:
        trigger(type_, value, zone)
    return caught.value.field, [reason.en for reason in caught.value.reasons]


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        ("manual", "", []),
        ("once", "2026-12-01T09:00", ["2026-12-01 01:00"]),
        ("interval", "30m", ["2026-11-22 02:30", "2026-11-22 03:00"]),
        ("interval", "2h", ["2026-11-22 04:00", "2026-11-22 06:00"]),
        ("interval", "1d", ["2026-11-23 02:00", "2026-11-24 02:00"]),
        ("daily", "09:00", ["2026-11-23 01:00", "2026-11-24 01:00"]),
        ("daily", "10:00", ["2026-11-23 02:00", "2026-11-24 02:00"]),
        ("weekly", "mon 09:00", ["2026-11-23 01:00", "2026-11-30 01:00"]),
        ("monthly", "1 09:00", ["2026-12-01 01:00", "2027-01-01 01:00"]),
        ("cron", "0/20 9 ? * SUN *", ["2026-11-29 01:00", "2026-11-29 01:20"]),
    ],
)
def test_the_next_moments(type_: TriggerType, value: str, expected: list[str]) -> None:
    assert moments(trigger(type_, value), 2) == expected


def test_a_month_too_short_for_the_day_has_it_at_its_end() -> None:
    start = datetime(2027, 12, 31, 2, 0, tzinfo=UTC)
    for value, days in (("31 09:00", "31 29 31 30"), ("30 09:00", "30 29 30 30")):
        planned = trigger("monthly", value, now=start)
        found = [each.astimezone().strftime("%d") for each in islice(planned.after(start), 4)]
        assert " ".join(found) == days


def test_an_hour_that_summer_time_skips_is_skipped() -> None:
    """2027-03-14 has no 02:30 in New York; 09:00 stays 09:00."""
    start = datetime(2027, 3, 13, 0, 0, tzinfo=UTC)
    assert moments(trigger("daily", "02:30", NEW_YORK, start), 3, start) == [
        "2027-03-13 07:30", "2027-03-15 06:30", "2027-03-16 06:30",
    ]  # fmt: skip
    assert moments(trigger("daily", "09:00", NEW_YORK, start), 2, start) == [
        "2027-03-13 14:00", "2027-03-14 13:00",
    ]  # fmt: skip


def test_an_hour_that_summer_time_doubles_counts_once() -> None:
    """2026-11-01 has 01:30 twice in New York: EventBridge Scheduler fires at the first."""
    start = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
    hourly = trigger("cron", "30 * * * ? *", NEW_YORK, start)
    assert moments(hourly, 3, start) == ["2026-11-01 04:30", "2026-11-01 05:30", "2026-11-01 07:30"]
    within = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)  # 01:10 for the second time
    assert moments(hourly, 1, within) == ["2026-11-01 07:30"]


def test_an_interval_keeps_its_steps_across_summer_time() -> None:
    start = datetime(2027, 3, 13, 20, 0, tzinfo=UTC)
    assert moments(trigger("interval", "1d", NEW_YORK, start), 2, start) == [
        "2027-03-14 20:00", "2027-03-15 20:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "value", "reason"),
    [
        ("manual", "09:00", "must be empty for a manual trigger"),
        ("once", "tomorrow", "must look like 2026-03-01T09:00"),
        ("once", "2026-03-01T09:00:00", "must look like 2026-03-01T09:00"),
        ("once", "2027-02-30T09:00", "is no date and time of the calendar"),
        ("once", "2027-03-01T25:00", "is no date and time of the calendar"),
        ("once", "2026-11-22T10:00", "must be in the future"),
        ("interval", "1m", "must be from 5 minutes to 365 days"),
        ("interval", "4m", "must be from 5 minutes to 365 days"),
        ("interval", "400d", "must be from 5 minutes to 365 days"),
        ("interval", "0h", "must look like 30m, 2h or 1d"),
        ("interval", "30", "must look like 30m, 2h or 1d"),
        ("interval", "-5m", "must look like 30m, 2h or 1d"),
        ("daily", "25:00", "must have a time from 00:00 to 23:59"),
        ("daily", "09:60", "must have a time from 00:00 to 23:59"),
        ("daily", "9:00", "must look like 09:00"),
        ("daily", "", "must look like 09:00"),
        ("weekly", "09:00", "must look like MON 09:00"),
        ("weekly", "FUN 09:00", "must look like MON 09:00"),
        ("weekly", "MON 24:00", "must have a time from 00:00 to 23:59"),
        ("monthly", "32 09:00", "must look like 1 09:00, with a day from 1 to 31"),
        ("monthly", "0 09:00", "must look like 1 09:00, with a day from 1 to 31"),
        ("monthly", "L 09:00", "must look like 1 09:00, with a day from 1 to 31"),
        ("cron", "0 9 30 2 ? *", "never fires"),
        ("cron", "0 9 1 1 ? 2020", "never fires"),
    ],
)
def test_a_bad_value_is_told(type_: TriggerType, value: str, reason: str) -> None:
    assert refusal(type_, value) == ("triggerValue", [reason])


@pytest.mark.parametrize("zone", ["", "Mars/Base", "asia/shanghai", "localtime", "../etc", "UTC+8"])
def test_a_zone_is_an_iana_name(zone: str) -> None:
    assert refusal("daily", "09:00", zone) == ("timezone", ["is no IANA time zone"])


def test_once_in_a_skipped_hour_does_not_exist() -> None:
    field, reasons = refusal("once", "2027-03-14T02:30", NEW_YORK)
    assert (field, reasons) == (
        "triggerValue",
        ["does not exist in this time zone (skipped by summer time)"],
    )


def test_once_in_a_doubled_hour_is_its_first() -> None:
    now = datetime(2026, 10, 31, tzinfo=UTC)
    assert moments(trigger("once", "2026-11-01T01:30", NEW_YORK, now), 2, now) == [
        "2026-11-01 05:30"
    ]


def test_values_are_kept_in_one_form() -> None:
    assert trigger("weekly", " mon 09:00 ").value == "MON 09:00"
    assert trigger("cron", "0  9 ? * mon-fri *").value == "0 9 ? * MON-FRI *"


def test_the_first_step_of_an_interval_is_a_whole_one() -> None:
    planned = trigger("interval", "5m")
    assert planned.next(NOW - timedelta(days=3)) == NOW + timedelta(minutes=5)
