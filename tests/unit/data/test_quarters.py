"""Quarters of an hour: few sums tell what was between any two of them."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.data.quarters import (
    QUARTERS,
    day_keys,
    days_within,
    quarter_of,
    sums_before,
    sums_with,
)

quarters = st.integers(0, QUARTERS - 1)


@given(counted=st.lists(quarters), end=st.integers(0, QUARTERS))
def test_the_sums_before_a_quarter_are_what_was_counted_before_it(counted, end):
    sums = Counter(name for quarter in counted for name in sums_with(quarter))

    found = sum(sums[name] for name in sums_before(end))

    assert found == sum(quarter < end for quarter in counted)


@pytest.mark.parametrize(
    ("quarter", "sums"),
    [
        (0, ["01", "04", "16", "64"]),
        (50, ["51", "52", "64"]),
        (63, ["64"]),
        (64, ["65", "68", "80", "96"]),
        (86, ["87", "88", "96"]),
        (95, ["96"]),
    ],
)
def test_a_quarter_counts_in_a_sum_of_each_length_at_most(quarter, sums):
    assert sums_with(quarter) == sums


@pytest.mark.parametrize(
    ("quarter", "sums"),
    [
        (0, ()),
        (96, ("96", "64")),
        (64, ("64",)),
        (20, ("20", "16")),
        (74, ("74", "73", "72", "68", "64")),
        (63, ("63", "62", "61", "60", "56", "52", "48", "32", "16")),
    ],
)
def test_what_was_before_a_quarter_is_the_longest_stretches(quarter, sums):
    assert sums_before(quarter) == sums


def test_the_days_of_no_zone_need_more_than_eleven_sums():
    needed = {}
    for zone in available_timezones():
        midnights = {datetime(2026, month, 15, tzinfo=ZoneInfo(zone)) for month in range(1, 13)}
        cuts = {quarter_of(midnight) for midnight in midnights} | {QUARTERS}
        needed[zone] = len({name for cut in cuts for name in sums_before(cut)})

    assert max(needed.values()) == 11  # Adelaide, with its summer
    assert needed["UTC"] == needed["Asia/Shanghai"] == 2
    assert needed["America/New_York"] == 4


@given(
    zone=st.sampled_from(sorted(available_timezones())),
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
def test_a_day_of_any_zone_is_all_its_quarters(zone, day):
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(zone))

    spans = list(days_within(start, end))

    passed = end.astimezone(UTC) - start.astimezone(UTC)
    assert sum(below - first for _, first, below in spans) == passed / timedelta(minutes=15)
    first_key, last_key = day_keys(start, end)
    assert (first_key, last_key) == (f"DAY#{spans[0][0]}#", f"DAY#{spans[-1][0]}#~")


def test_the_days_within_a_stretch_are_cut_by_it():
    start = datetime(2026, 11, 20, 16, tzinfo=UTC)

    found = list(days_within(start, start + timedelta(days=2)))

    assert found == [("2026-11-20", 64, 96), ("2026-11-21", 0, 96), ("2026-11-22", 0, 64)]
