"""What a caller's model calls came to: read from the day counters, never from the lines."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from functions.analytics.periods import Granularity, Period, Range
from shared.data.ledger_days import NOTHING, DayCounter, Figures, find_days
from shared.data.quarters import days_within

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
    periods = wanted.periods(granularity)
    usage = Usage([(period, NOTHING) for period in periods])
    shares = _shares(periods)
    cuts = (period.start for period in periods)
    for counter in find_days(user_id, wanted.start, wanted.end, cuts):
        if counter.dimension == _TOTAL:
            _add_total(usage, counter, shares[counter.date])
        else:
            _add(usage, counter, shares[counter.date])
    return usage


@dataclass(frozen=True, slots=True)
class _Share:
    """The quarters of a UTC day that are a period's: from the first, below the last."""

    period: int
    first: int
    below: int


def _shares(periods: Sequence[Period]) -> dict[str, list[_Share]]:
    """Which periods have a share in each UTC day, in their order."""
    shares = defaultdict(list)
    for number, period in enumerate(periods):
        for date, first, below in days_within(period.start, period.end):
            shares[date].append(_Share(number, first, below))
    return shares


def _add_total(usage: Usage, counter: DayCounter, shares: Sequence[_Share]) -> None:
    for share in shares:
        period, before = usage.periods[share.period]
        found = counter.within(share.first, share.below)
        usage.periods[share.period] = (period, before + found)


def _add(usage: Usage, counter: DayCounter, shares: Sequence[_Share]) -> None:
    found = counter.within(shares[0].first, shares[-1].below)
    if not found.requests:
        return
    usage.dimensions[counter.dimension] = usage.dimensions.get(counter.dimension, NOTHING) + found
    if counter.name:  # days come in order, so the latest name stays
        usage.names[counter.dimension] = counter.name
