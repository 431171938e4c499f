"""Day counters of LEDGER_TABLE, read: sums over any stretch of whole quarters of an hour."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.data.table import Item, TableMeta, TableOf

_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Figures:
    """Requests, tokens and cost (micro-units) of a dimension."""

    requests: int
    tokens: int
    cost_micro: int


class _DayRow(Item):
    """A counter as it lies there: its quarters are attributes that no schema lists."""

    class Meta(TableMeta):
        table_name = TableOf("LEDGER_TABLE")

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> "_DayRow":
        row = cls(data["pk"]["S"], data["sk"]["S"])
        row.numbers = {name: int(value["N"]) for name, value in data.items() if "N" in value}
        return row

    numbers: Mapping[str, int] = {}


def find_figures(user_id: str, start: datetime, end: datetime) -> dict[str, Figures]:
    """What a user's calls came to in [start, end), by dimension (`total`, `feature#chat`, …).

    Both moments are whole quarters, at most some days apart: one Query.
    """
    first, last = start.astimezone(UTC), end.astimezone(UTC) - _QUARTER
    sums: dict[str, Counter[str]] = {}
    keys = _DayRow.sk.between(f"DAY#{first:%Y-%m-%d}#", f"DAY#{last:%Y-%m-%d}#~")
    for row in _DayRow.query(f"USER#{user_id}", keys):
        _, day, dimension = row.sk.split("#", 2)
        wanted = _quarters(datetime.fromisoformat(f"{day}T00:00:00+00:00"), first, end)
        found = sums.setdefault(dimension, Counter())
        for kind in "ntc":
            found[kind] += sum(row.numbers.get(f"{kind}{each}", 0) for each in wanted)
    return {
        dimension: Figures(found["n"], found["t"], found["c"])
        for dimension, found in sums.items()
        if found["n"]
    }


def _quarters(day: datetime, start: datetime, end: datetime) -> list[str]:
    moments = ((number, day + number * _QUARTER) for number in range(96))
    return [f"{number:02d}" for number, moment in moments if start <= moment < end]
