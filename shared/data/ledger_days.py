"""Day counters of LEDGER_TABLE, read: sums over any stretch of whole quarters of an hour."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from shared.data.quarters import QUARTERS, day_keys, days_within, quarter_of, sums_before
from shared.data.table import Item, TableMeta, TableOf, raw_items


@dataclass(frozen=True, slots=True)
class Figures:
    """Requests, tokens and cost (micro-units) of a dimension."""

    requests: int
    tokens: int
    cost_micro: int

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.requests + other.requests,
            self.tokens + other.tokens,
            self.cost_micro + other.cost_micro,
        )


NOTHING = Figures(0, 0, 0)


class OldCounter(Exception):
    """A counter of another layout: none of its sums make a whole day (decision 0186)."""


@dataclass(frozen=True, slots=True)
class DayCounter:
    """What a UTC day (`2026-11-22`) came to in a dimension; `name` is a role's.

    `sums` are as DynamoDB sends them, of the quarters that the counter was read for.
    """

    date: str
    dimension: str
    name: str
    sums: Mapping[str, Mapping[str, str]]

    def within(self, first: int, below: int) -> Figures:
        """From the first of these quarters of the day, below the last."""
        figures = [0] * len(_KINDS)
        for kind, sum_of, sign in _terms(first, below):
            if sum_of in self.sums:  # there is none of a stretch in which nothing was called
                figures[kind] += sign * int(self.sums[sum_of]["N"])
        return Figures(*figures)


_KINDS = "rtc"
_PARTS = frozenset(f"r{end}" for end in sums_before(QUARTERS))


@cache
def _terms(first: int, below: int) -> list[tuple[int, str, int]]:
    """What lies between two quarters: the kind's number, the sum's name, and 1 or -1."""
    ends = [(end, 1) for end in sums_before(below)] + [(end, -1) for end in sums_before(first)]
    return [(at, kind + end, sign) for at, kind in enumerate(_KINDS) for end, sign in ends]


class _DayRow(Item):
    class Meta(TableMeta):
        table_name = TableOf("LEDGER_TABLE")


def find_days(
    user_id: str, start: datetime, end: datetime, cuts: Iterable[datetime] = ()
) -> Iterator[DayCounter]:
    """The counters of every UTC day that [start, end) touches, oldest first.

    Read are the sums that tell what is between any two of `start`, `cuts` and `end`, all of them
    whole quarters: six numbers with the days of UTC and of UTC+8, some thirty at most.
    One Query for each megabyte: an item is one of a day and a dimension, of 3 KB at most.

    Raises:
        OldCounter: it would be taken for nothing.
    """
    quarters = {QUARTERS, *map(quarter_of, (start, *cuts, end))}
    sums = {name for quarter in quarters for _, name, _ in _terms(0, quarter)}
    keys = _DayRow.sk.between(*day_keys(start, end))
    for item in raw_items(_DayRow, f"USER#{user_id}", keys, ["sk", "name", *sorted(sums)]):
        _, date, dimension = item["sk"]["S"].split("#", 2)
        if _PARTS.isdisjoint(item):
            raise OldCounter(f"{dimension} of {date}")
        name = item["name"]["S"] if "name" in item else ""
        yield DayCounter(date, dimension, name, item)


def find_figures(user_id: str, start: datetime, end: datetime) -> dict[str, Figures]:
    """What a user's calls came to in [start, end), by dimension (`total`, `feature#chat`, …).

    Both moments are whole quarters.
    """
    spans = {date: (first, below) for date, first, below in days_within(start, end)}
    sums: dict[str, Figures] = {}
    for counter in find_days(user_id, start, end):
        found = counter.within(*spans[counter.date])
        if found.requests:
            sums[counter.dimension] = sums.get(counter.dimension, NOTHING) + found
    return sums
