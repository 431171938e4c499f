"""Day counters of LEDGER_TABLE, read: sums over any stretch of whole quarters of an hour."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from shared.data.quarters import (
    DAY,
    PARTS,
    day_keys,
    day_of,
    nearer_side,
    quarters_beside_parts,
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

    `numbers` are the sums of the day's parts, and the quarters that were read beside them.
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
        """The sum over [start, end), two of the moments that the counter was read for."""
        first, below = map(int, quarters_within(self.date, start, end))
        return Figures(*(self._until(kind, below) - self._until(kind, first) for kind in _KINDS))

    def _until(self, kind: str, quarter: int) -> int:
        """What came before that quarter of the day."""
        total = 0
        for part in PARTS:
            whole = self.numbers.get(f"{kind.upper()}{part.start:02d}", 0)
            if quarter >= part.stop:
                total += whole
            elif quarter > part.start:
                side = nearer_side(part, quarter)
                of_side = sum(self.numbers.get(f"{kind}{each:02d}", 0) for each in side)
                total += of_side if side.start == part.start else whole - of_side
        return total


_KINDS = "ntc"
_PARTS = [f"{kind.upper()}{part.start:02d}" for part in PARTS for kind in _KINDS]


class _DayRow(Item):
    """A counter as it lies there: its quarters are attributes that no schema lists."""

    class Meta(TableMeta):
        table_name = TableOf("LEDGER_TABLE")

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        row = cls(data["pk"]["S"], data["sk"]["S"])
        row.name = data.get("name", {}).get("S", "")
        row.numbers = {name: int(value["N"]) for name, value in data.items() if "N" in value}
        return row

    name: str = ""
    numbers: Mapping[str, int] = {}


def find_days(
    user_id: str, start: datetime, end: datetime, cuts: Iterable[datetime] = ()
) -> Iterator[DayCounter]:
    """The counters of every UTC day that [start, end) touches, oldest first.

    Read are the sums of each day's parts, and the few quarters that sums between `start`, `cuts`
    and `end` need beside them: none with the days of UTC and of UTC+8, at most 32 for each offset
    from UTC that they have. One Query for each megabyte: an item is one of a day and a dimension,
    of 3 KB at most.
    """
    keys = _DayRow.sk.between(*day_keys(start, end))
    quarters = quarters_beside_parts((start, *cuts, end))
    numbers = [f"{kind}{quarter}" for kind in _KINDS for quarter in quarters]
    wanted = ["pk", "sk", "name", *_PARTS, *numbers]
    for row in _DayRow.query(f"USER#{user_id}", keys, attributes_to_get=wanted):
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
