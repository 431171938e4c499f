"""Counters of a UTC day by quarters of an hour (decision 0051): attributes `<kind>00` … `<kind>95`.

Every time zone in use is whole quarters off UTC, so a day of any zone is a sum of quarters.
A day may have sums beside them, `<KIND>00` and `<KIND>64`: of the two parts that midnight of UTC+8
cuts it into. With them a read needs few of the quarters, or none (decision 0170).
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
_QUARTERS = 96
PARTS = (range(64), range(64, _QUARTERS))


def quarter_of(moment: datetime) -> str:
    """The quarter of the UTC day that a moment is in: `37` is the 38th."""
    utc = moment.astimezone(UTC)
    return f"{(utc.hour * 60 + utc.minute) // 15:02d}"


def part_of(quarter: str) -> str:
    """The part of the day that a quarter is in, by the part's first quarter."""
    return next(f"{part.start:02d}" for part in PARTS if int(quarter) in part)


def nearer_side(part: range, quarter: int) -> range:
    """The quarters of a part before that one, or from it on: whichever are fewer."""
    before, after = range(part.start, quarter), range(quarter, part.stop)
    return min(before, after, key=len)


def quarters_beside_parts(cuts: Iterable[datetime]) -> list[str]:
    """The quarters that tell, beside the parts' sums, what is between two of these moments."""
    needed: set[int] = set()
    for quarter in {int(quarter_of(moment)) for moment in cuts}:
        for part in PARTS:
            if quarter in part:
                needed.update(nearer_side(part, quarter))
    return [f"{quarter:02d}" for quarter in sorted(needed)]


def day_keys(start: datetime, end: datetime) -> tuple[str, str]:
    """Between these sort keys lie the items `DAY#<date>#…` of every UTC day in [start, end)."""
    first, last = start.astimezone(UTC), end.astimezone(UTC) - QUARTER
    return f"DAY#{first:%Y-%m-%d}#", f"DAY#{last:%Y-%m-%d}#~"


def day_of(date: str) -> datetime:
    """The first moment of that UTC day (`2026-11-22`)."""
    return datetime.fromisoformat(f"{date}T00:00:00+00:00")


def quarters_within(date: str, start: datetime, end: datetime) -> tuple[str, str]:
    """The quarters of that UTC day (`2026-11-22`) in [start, end): from the first, below the last.

    `00` to `96` is the whole day; as texts they have the order of their numbers.
    """
    day = day_of(date)
    first = max(0, (start - day) // QUARTER)
    last = min(_QUARTERS, (end - day) // QUARTER)
    return f"{first:02d}", f"{max(first, last):02d}"
