"""UTC days by quarters of an hour: every time zone in use is whole quarters off UTC (0051).

So a day of any zone is a number of whole quarters. For what is read by days the ledger keeps sums
of them, a Fenwick tree of four branches: for each quarter one sum, of the longest stretch of a
quarter, 1, 4 or 16 hours that ends with it (decision 0186).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache

QUARTERS = 96
_DAY = timedelta(days=1)
_QUARTER = timedelta(minutes=15)
# Stretches begin at a multiple of their length, and end with the day at the latest. The first of
# the two longest ends at 16:00 UTC, which is midnight in the default zone.
_LENGTHS = (64, 16, 4, 1)


def quarter_of(moment: datetime) -> int:
    """The quarter of the UTC day that a moment is in, counted from 0."""
    utc = moment.astimezone(UTC)
    return (utc.hour * 60 + utc.minute) // 15


def sums_with(quarter: int) -> list[str]:
    """The sums that a quarter counts in, four at most: `20` is the one that ends at 05:00."""
    ends = {min(quarter - quarter % length + length, QUARTERS) for length in _LENGTHS}
    return [f"{end:02d}" for end in sorted(ends)]


@cache
def sums_before(quarter: int) -> tuple[str, ...]:
    """The sums that add up to what the day had before that quarter; before 96 is all of it."""
    found = []
    while quarter:
        found.append(f"{quarter:02d}")
        ending = (each for each in _LENGTHS if quarter % each == 0 or quarter == QUARTERS)
        length = next(ending)
        quarter = (quarter - 1) // length * length
    return tuple(found)


def day_keys(start: datetime, end: datetime) -> tuple[str, str]:
    """Between these sort keys lie the items `DAY#<date>#…` of every UTC day in [start, end)."""
    first, last = start.astimezone(UTC), end.astimezone(UTC) - _QUARTER
    return f"DAY#{first:%Y-%m-%d}#", f"DAY#{last:%Y-%m-%d}#~"


def days_within(start: datetime, end: datetime) -> Iterator[tuple[str, int, int]]:
    """Every UTC day (`2026-11-22`) in [start, end), with its first quarter and below which.

    Both moments are whole quarters; from 0 and below 96 is a whole day.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    day = datetime.combine(start.date(), time(), UTC)
    while day < end:
        first, below = (start - day) // _QUARTER, (end - day) // _QUARTER
        yield day.date().isoformat(), max(0, first), min(QUARTERS, below)
        day += _DAY
