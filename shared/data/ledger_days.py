"""Day counters of LEDGER_TABLE, read: sums over any stretch of whole quarters of an hour."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from shared.data.quarters import (
    DAY,
    PARTS,
    cut_no_part,
    day_keys,
    day_of,
    quarters_within,
)
from shared.data.table import Item, TableMeta, TableOf


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


@dataclass(frozen=True, slots=True)
class DayCounter:
    """What a UTC day (`2026-11-22`) came to in a dimension; `name` is a role's.

    `numbers` are by quarters of an hour, or by parts of the day: each by its first quarter.
    """

    date: str
    dimension: str
    name: str
    numbers: Mapping[str, int]

    @property
    def end(self) -> datetime:
        """The first moment after the day."""
        return day_of(self.date) + DAY

    def within(self, start: datetime, end: datetime) -> Figures:
        """The sum over [start, end), two moments that cut none of the numbers."""
        first, below = quarters_within(self.date, start, end)
        sums = {"n": 0, "t": 0, "c": 0}
        for name, number in self.numbers.items():
            if first <= name[1:] < below:
                sums[name[0]] += number
        return Figures(sums["n"], sums["t"], sums["c"])


_KINDS = "ntc"
_NUMBER = re.compile(rf"[{_KINDS}]\d\d", re.ASCII)


class _DayRow(Item):
    """A counter as it lies there: its quarters are attributes that no schema lists."""

    class Meta(TableMeta):
        table_name = TableOf("LEDGER_TABLE")

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        row = cls(data["pk"]["S"], data["sk"]["S"])
        row.name = data.get("name", {}).get("S", "")
        row.numbers = {
            name: int(value["N"]) for name, value in data.items() if _NUMBER.fullmatch(name)
        }
        return row

    name: str = ""
    numbers: Mapping[str, int] = {}


class _PartsRow(_DayRow):
    """A counter of which only the parts of the day are read: six numbers, however full it is."""

    class Meta(TableMeta):
        table_name = TableOf("LEDGER_TABLE")

    READ = ("pk", "sk", "name", *(f"{kind.upper()}{part}" for part in PARTS for kind in _KINDS))

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        return super().from_raw_data({name.lower(): value for name, value in data.items()})


def find_days(
    user_id: str, start: datetime, end: datetime, cuts: Iterable[datetime] = ()
) -> Iterator[DayCounter]:
    """The counters of every UTC day that [start, end) touches, oldest first.

    One Query for each megabyte: an item is one of a day and a dimension, of 3 KB at most. Where
    neither the range's ends nor `cuts`, between which sums are wanted too, cut a part of a day,
    only six numbers of an item are sent: so with the days of UTC, and of UTC+8.
    """
    keys = _DayRow.sk.between(*day_keys(start, end))
    parts = cut_no_part((start, end, *cuts))
    row: _DayRow
    for row in (
        _PartsRow.query(f"USER#{user_id}", keys, attributes_to_get=list(_PartsRow.READ))
        if parts
        else _DayRow.query(f"USER#{user_id}", keys)
    ):
        _, date, dimension = row.sk.split("#", 2)
        yield DayCounter(date, dimension, row.name, row.numbers)


def find_figures(user_id: str, start: datetime, end: datetime) -> dict[str, Figures]:
    """What a user's calls came to in [start, end), by dimension (`total`, `feature#chat`, …).

    Both moments are whole quarters.
    """
    sums: dict[str, Figures] = {}
    for counter in find_days(user_id, start, end):
        found = counter.within(start, end)
        if found.requests:
            sums[counter.dimension] = sums.get(counter.dimension, NOTHING) + found
    return sums
