"""Day counters of LEDGER_TABLE, read: sums over any stretch of whole quarters of an hour."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.data.quarters import DAY, day_keys, day_of, quarters_within
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

    `numbers` are by quarters of an hour.
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
        """The sum over [start, end), two moments of whole quarters."""
        first, below = quarters_within(self.date, start, end)
        sums = {"n": 0, "t": 0, "c": 0}
        for name, number in self.numbers.items():
            if first <= name[1:] < below:
                sums[name[0]] += number
        return Figures(sums["n"], sums["t"], sums["c"])


class _DayRow(Item):
    """A counter as it lies there: its quarters are attributes that no schema lists."""

    class Meta(TableMeta):
        table_name = TableOf("LEDGER_TABLE")

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> "_DayRow":
        row = cls(data["pk"]["S"], data["sk"]["S"])
        row.name = data.get("name", {}).get("S", "")
        row.numbers = {name: int(value["N"]) for name, value in data.items() if "N" in value}
        return row

    name: str = ""
    numbers: Mapping[str, int] = {}


def find_days(user_id: str, start: datetime, end: datetime) -> Iterator[DayCounter]:
    """The counters of every UTC day that [start, end) touches, oldest first.

    One Query for each megabyte: an item is one of a day and a dimension, of 3 KB at most.
    """
    keys = _DayRow.sk.between(*day_keys(start, end))
    for row in _DayRow.query(f"USER#{user_id}", keys):
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
