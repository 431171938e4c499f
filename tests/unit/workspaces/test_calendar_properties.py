"""The calendar against a slow one that looks at every minute, and against the schedules made."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.workspaces.expressions import timetable
from shared.workspaces.triggers import Trigger, TriggerError, TriggerType, parse_trigger

ZONES = (
    "Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "America/St_Johns",
    "Africa/Casablanca", "Asia/Kathmandu", "UTC",
)  # fmt: skip
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MINUTE = timedelta(minutes=1)

starts = st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2031, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
zones = st.sampled_from(ZONES)
times = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda t: f"{t[0]:02d}:{t[1]:02d}")
timed = st.one_of(
    st.tuples(st.just("daily"), times),
    st.tuples(st.just("weekly"), st.tuples(st.sampled_from(WEEKDAYS), times).map(" ".join)),
    st.tuples(st.just("monthly"), st.tuples(st.integers(1, 31).map(str), times).map(" ".join)),
)


def number_field(least: int, most: int) -> st.SearchStrategy[str]:
    one = st.integers(least, most)
    spans = st.tuples(one, one).map(lambda pair: f"{min(pair)}-{max(pair)}")
    steps = st.tuples(one, st.integers(1, most - least + 1)).map(
        lambda pair: f"{pair[0]}/{pair[1]}"
    )
    single = st.one_of(one.map(str), spans, steps)
    return st.one_of(st.just("*"), st.lists(single, min_size=1, max_size=3).map(",".join))


month_days = st.one_of(
    number_field(1, 31), st.just("L"), st.integers(1, 28).map(lambda day: f"{day}W")
).map(lambda field: f"{field}|?")
week_days = st.one_of(
    number_field(1, 7),
    st.integers(1, 7).map(lambda day: f"{day}L"),
    st.tuples(st.integers(1, 7), st.integers(1, 4)).map(lambda pair: f"{pair[0]}#{pair[1]}"),
).map(lambda field: f"?|{field}")
crons = st.builds(
    lambda minute, hour, days, month: (
        f"{minute} {hour} {days.split('|')[0]} {month} {days.split('|')[1]} *"
    ),
    number_field(0, 59),
    number_field(0, 23),
    st.one_of(month_days, week_days),
    number_field(1, 12),
)


def made(type_: TriggerType, value: str, zone: str, start: datetime) -> Trigger:
    return parse_trigger(type_, value, zone, start, now=start)


def minute_by_minute(planned: Trigger, start: datetime, end: datetime) -> Iterator[datetime]:
    """The definition: every minute of UTC whose local time fits, the first time it comes."""
    zone, cron = ZoneInfo(planned.zone), planned.cron
    assert cron is not None
    moment = start.replace(second=0, microsecond=0) + MINUTE
    while moment <= end:
        local = moment.astimezone(zone)
        if (
            not local.fold
            and local.minute in cron.minutes
            and local.hour in cron.hours
            and local.month in cron.months
            and local.day in cron.days.days_in(local.year, local.month)
        ):
            yield moment
        moment += MINUTE


@settings(max_examples=60, deadline=None)
@given(crons, zones, starts)
def test_cron_agrees_with_a_look_at_every_minute(value: str, zone: str, start: datetime) -> None:
    try:
        planned = made("cron", value, zone, start)
    except TriggerError:
        assume(False)
    end = start + timedelta(days=3)
    expected = list(minute_by_minute(planned, start, end))
    assert list(takewhile(lambda each: each <= end, planned.after(start))) == expected


@settings(max_examples=100, deadline=None)
@given(timed, zones, starts)
def test_moments_ascend_and_follow_each_other(
    pair: tuple[TriggerType, str], zone: str, start: datetime
) -> None:
    planned = made(pair[0], pair[1], zone, start)
    found = list(islice(planned.after(start), 5))
    assert found == sorted(set(found))
    assert found[0] > start
    for before, after in pairwise(found):
        assert planned.next(before) == after


@settings(max_examples=100, deadline=None)
@given(timed, zones, starts)
def test_the_schedule_fires_at_every_planned_moment(
    pair: tuple[TriggerType, str], zone: str, start: datetime
) -> None:
    """What is put into EventBridge, read as cron again, covers what is planned."""
    planned = made(pair[0], pair[1], zone, start)
    table = timetable(planned, start)
    assert table is not None
    assert table.zone == zone
    fires = made("cron", table.expression.removeprefix("cron(").removesuffix(")"), zone, start)
    for moment in islice(planned.after(start), 5):
        assert fires.next(moment - MINUTE) == moment


@settings(max_examples=100, deadline=None)
@given(st.integers(5, 10_000), starts, st.integers(0, 10**7))
def test_an_interval_is_a_grid_from_its_anchor(minutes: int, anchor: datetime, later: int) -> None:
    anchor = anchor.replace(microsecond=0)
    planned = parse_trigger("interval", f"{minutes}m", "UTC", anchor)
    moment = planned.next(anchor + timedelta(seconds=later))
    assert moment is not None
    assert not (moment - anchor) % timedelta(minutes=minutes)
    assert timedelta() < moment - (anchor + timedelta(seconds=later)) <= timedelta(minutes=minutes)
