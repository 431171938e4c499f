"""Lines and day counters in LEDGER_TABLE: written in one transaction, so their sums agree.

A counter is an item per user, UTC day and dimension; within it are sums over quarters of an hour
(`r64`, `t64`, `c64`: requests, tokens, micro-units of the stretch that ends with the 64th). A day
of any time zone is a whole number of quarters, told by few sums of at most two items a dimension.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.operand import Path, Value
from pynamodb.expressions.update import Action, AddAction

from shared.core import clock, ids
from shared.data.quarters import quarter_of, sums_with
from shared.data.table import Item, TableMeta, TableOf, raw_items
from shared.data.transaction import Transaction

Feature = Literal["chat", "image", "video", "document", "workspace", "learning"]
Status = Literal["ok", "failed", "stopped"]
LINE = "ledger.line"
DAY = "ledger.day"


@dataclass(frozen=True, slots=True)
class Line:
    """One call of a model and what it cost.

    `cached_tokens` are part of `prompt_tokens`; `cost_micro` is exact, in micro-units;
    `price_version` names the price list it was worked out with.
    """

    feature: Feature
    provider: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    cost_micro: int
    price_version: str
    started_at: datetime
    ended_at: datetime
    cached_tokens: int = 0
    status: Status = "ok"
    role_id: str | None = None
    role_name: str | None = None
    session_id: str | None = None

    @property
    def tokens(self) -> int:
        """Prompt and answer together."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line as it was written, of the call with that id."""

    call_id: str
    currency: str
    line: Line


class _LineItem(Item):
    class Meta(TableMeta):
        table_name = TableOf("LEDGER_TABLE")

    call_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    feature = UnicodeAttribute()
    provider = UnicodeAttribute()
    model = UnicodeAttribute()
    prompt_tokens = NumberAttribute()
    completion_tokens = NumberAttribute()
    cached_tokens = NumberAttribute()
    cost_micro = NumberAttribute()
    currency = UnicodeAttribute()
    price_version = UnicodeAttribute()
    started_at = UnicodeAttribute()
    ended_at = UnicodeAttribute()
    status = UnicodeAttribute()
    role_id = UnicodeAttribute(null=True)
    role_name = UnicodeAttribute(null=True)
    session_id = UnicodeAttribute(null=True)


class _DayItem(Item):
    """A counter; its sums are attributes that no schema lists."""

    class Meta(TableMeta):
        table_name = TableOf("LEDGER_TABLE")

    name = UnicodeAttribute(null=True)


class _AddToEach(AddAction):
    """One number added to several attributes; AddAction sends it, and placeholders, for each.

    The names are such that an expression takes them as they are.
    """

    def __init__(self, names: Sequence[str], amount: int) -> None:
        super().__init__(Path(names[0]), Value(amount))
        self._names = names

    def serialize(
        self, placeholder_names: dict[str, str], expression_attribute_values: dict[str, str]
    ) -> str:
        _, amount = self.values
        sent = amount.serialize(placeholder_names, expression_attribute_values)
        return ", ".join(f"{name} {sent}" for name in self._names)


def create_lines(
    transaction: Transaction, user_id: str, call_id: str, lines: Sequence[Line], currency: str
) -> list[str]:
    """Append the lines of one call; returns the names of the parts.

    The key is the call's ULID and the line's number, so a line is there once whatever happens.
    """
    names = []
    for number, line in enumerate(lines):
        item = _LineItem(
            f"USER#{user_id}",
            f"LINE#{call_id.removeprefix('call_')}#{number:02d}",
            call_id=call_id,
            user_id=user_id,
            currency=currency,
            started_at=clock.iso_ms(line.started_at),
            ended_at=clock.iso_ms(line.ended_at),
            **_plain(line),
        )
        names.append(f"{LINE}.{number}")
        transaction.create(names[-1], item)
    return names


def update_counters(
    transaction: Transaction, user_id: str, moment: datetime, lines: Sequence[Line]
) -> list[str]:
    """Count the lines at that moment, in total and by each dimension; returns the part names."""
    sums: dict[str, Counter[str]] = {}
    role_names: dict[str, str] = {}
    for line in lines:
        for dimension in _dimensions(line):
            figures = {"r": 1, "t": line.tokens, "c": line.cost_micro}
            sums.setdefault(dimension, Counter()).update(figures)
        if line.role_id and line.role_name:
            role_names[f"role#{line.role_id}"] = line.role_name
    names = []
    ends = sums_with(quarter_of(moment))
    for dimension, figures_of in sums.items():
        item = _DayItem(f"USER#{user_id}", f"DAY#{moment:%Y-%m-%d}#{dimension}")
        actions: list[Action] = [
            _AddToEach([f"{kind}{end}" for end in ends], amount)
            for kind, amount in figures_of.items()
        ]
        if dimension in role_names:
            actions.append(_DayItem.name.set(role_names[dimension]))
        names.append(f"{DAY}.{dimension}")
        transaction.update(names[-1], item, actions)
    return names


def find_lines(user_id: str, start: datetime, end: datetime) -> Iterator[StoredLine]:
    """The lines of calls that were made in [start, end), oldest first, read a page at a time."""
    keys = _LineItem.sk.between(f"LINE#{ids.first_of(start)}", f"LINE#{ids.first_of(end)}")
    for item in raw_items(_LineItem, f"USER#{user_id}", keys):
        yield StoredLine(item["call_id"]["S"], item["currency"]["S"], _to_line(item))


def delete_role_names(user_id: str) -> None:
    """Take the words a person chose out of what stays when the account goes."""
    for item in _LineItem.query(f"USER#{user_id}", _LineItem.sk.startswith("LINE#")):
        if item.role_name:
            item.update(actions=[_LineItem.role_name.remove()])
    for day in _DayItem.query(f"USER#{user_id}", _DayItem.sk.startswith("DAY#")):
        if day.name:
            day.update(actions=[_DayItem.name.remove()])


def _dimensions(line: Line) -> list[str]:
    common = ["total", f"model#{line.model}", f"feature#{line.feature}"]
    return [*common, f"role#{line.role_id}"] if line.role_id else common


def _plain(line: Line) -> dict[str, Any]:
    return {
        "feature": line.feature,
        "provider": line.provider,
        "model": line.model,
        "prompt_tokens": line.prompt_tokens,
        "completion_tokens": line.completion_tokens,
        "cached_tokens": line.cached_tokens,
        "cost_micro": line.cost_micro,
        "price_version": line.price_version,
        "status": line.status,
        "role_id": line.role_id,
        "role_name": line.role_name,
        "session_id": line.session_id,
    }


def _to_line(item: Mapping[str, Any]) -> Line:
    def text(name: str) -> str | None:
        return item[name]["S"] if name in item else None

    def number(name: str) -> int:
        return int(item[name]["N"])

    return Line(
        feature=item["feature"]["S"],
        provider=item["provider"]["S"],
        model=item["model"]["S"],
        prompt_tokens=number("prompt_tokens"),
        completion_tokens=number("completion_tokens"),
        cost_micro=number("cost_micro"),
        price_version=item["price_version"]["S"],
        started_at=clock.parse(item["started_at"]["S"]),
        ended_at=clock.parse(item["ended_at"]["S"]),
        cached_tokens=number("cached_tokens"),
        status=item["status"]["S"],
        role_id=text("role_id"),
        role_name=text("role_name"),
        session_id=text("session_id"),
    )
