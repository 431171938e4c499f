"""What a caller's model calls came to: read from the day counters, never from the lines."""

from dataclasses import dataclass, field
from datetime import datetime

from functions.analytics.periods import Granularity, Period, Range
from shared.data.ledger_days import NOTHING, DayCounter, Figures, find_days

_TOTAL = "total"


@dataclass(slots=True)
class Usage:
    """Sums over a range; `dimensions` are `role#<id>`, `model#<id>`, `feature#<name>`."""

    periods: list[tuple[Period, Figures]]
    dimensions: dict[str, Figures] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> Figures:
        """The sum over all periods."""
        return sum((figures for _, figures in self.periods), NOTHING)


def read_usage(user_id: str, wanted: Range, granularity: Granularity) -> Usage:
    """Every period of the range and every dimension in use; the cost is that of its days."""
    usage = Usage([(period, NOTHING) for period in wanted.periods(granularity)])
    start, end = wanted.start, wanted.end
    reached = 0
    cuts = (period.start for period, _ in usage.periods)
    for counter in find_days(user_id, start, end, cuts):
        if counter.dimension == _TOTAL:
            reached = _add_day(usage, counter, reached)
        else:
            _add(usage, counter, start, end)
    return usage


def _add_day(usage: Usage, counter: DayCounter, reached: int) -> int:
    """Spread a UTC day over the periods, from the last one that the day before reached."""
    day_end = counter.end
    number = reached
    while number < len(usage.periods) and usage.periods[number][0].start < day_end:
        period, before = usage.periods[number]
        usage.periods[number] = (period, before + counter.within(period.start, period.end))
        number += 1
    return max(reached, number - 1)


def _add(usage: Usage, counter: DayCounter, start: datetime, end: datetime) -> None:
    found = counter.within(start, end)
    if not found.requests:
        return
    usage.dimensions[counter.dimension] = usage.dimensions.get(counter.dimension, NOTHING) + found
    if counter.name:  # days come in order, so the latest name stays
        usage.names[counter.dimension] = counter.name
