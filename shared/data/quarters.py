"""UTC days by quarters of an hour: every time zone in use is whole quarters off UTC (0051).

So a day of any zone is a number of whole quarters. For what is read by days the ledger keeps sums
of them, a Fenwick tree of four branches: a sum for each quarter, of the longest stretch of a
quarter, 1, 4, 16 or 24 hours that ends with it and fits into the day's grid (decision 0186).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache

QUARTERS = 96
_DAY = timedelta(days=1)
_QUARTER = timedelta(minutes=15)
# 16:00 UTC is midnight in the default zone, so a day of Shanghai is two of the longest stretches.
_LENGTHS = (QUARTERS, 64, 16, 4, 1)


def quarter_of(moment: datetime) -> int:
    """The quarter of the UTC day that a moment is in, counted from 0."""
    utc = moment.astimezone(UTC)
    return (utc.hour * 60 + utc.minute) // 15


def sums_with(quarter: int) -> list[str]:
    """The sums that a quarter counts in, two to five, each by how many quarters end with it."""
    ends = {quarter - quarter % length + length for length in _LENGTHS}
    return [f"{end:02d}" for end in sorted(ends) if end <= QUARTERS]


@cache
def sums_before(quarter: int) -> tuple[str, ...]:
    """The sums that add up to what the day had before that quarter; `96` is the whole day."""
    found = []
    while quarter:
        found.append(f"{quarter:02d}")
        quarter -= next(length for length in _LENGTHS if quarter % length == 0)
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
