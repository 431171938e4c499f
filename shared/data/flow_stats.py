"""Figures of the code-block service in LIMITS_TABLE, the sums of what all copies did.

Eight items share the writes: `FLOW#STATS#<shard>`, `STATS`. Each has a number for every figure,
and ten slots of a minute, `m0 r0 e0 f0 … m9 r9 e9 f9`: which minute it is, executions running that
began in it, executions that ended, and those among them that the engine failed. The names are
short because an item beyond 1 KB would cost two write units instead of one. An execution runs
five minutes at most, so a slot is free when its turn comes again; who died meanwhile is forgotten
with its slot.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from shared.data.table import connection

SHARDS = 8
SLOTS = 10
_SORT = "STATS"
_REFUSED = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class Step:
    """What an execution adds to the slot of a minute (minutes since the epoch)."""

    minute: int
    running: int = 0
    ended: int = 0
    failed: int = 0


@dataclass(slots=True)
class Sums:
    """All figures by name; `running`, `ended` and `failed` of the last minutes by minute."""

    figures: dict[str, int] = field(default_factory=dict)
    slots: dict[int, Step] = field(default_factory=dict)

    def since(self, minute: int) -> Step:
        """What the slots from that minute on come to."""
        found = [slot for number, slot in self.slots.items() if number >= minute]
        return Step(
            minute,
            sum(slot.running for slot in found),
            sum(slot.ended for slot in found),
            sum(slot.failed for slot in found),
        )


def add_figures(shard: int, figures: Mapping[str, int]) -> None:
    """Add to the figures: one UpdateItem."""
    if figures:
        _update(shard, _Change().add(figures))


def add_step(shard: int, step: Step, figures: Mapping[str, int]) -> None:
    """Add a step to its slot and to the figures: one UpdateItem, two where a minute begins."""
    number = step.minute % SLOTS
    slot = {f"r{number}": step.running, f"e{number}": step.ended, f"f{number}": step.failed}
    minute = f"m{number}"
    same = _Change().add({**figures, **slot}).where(f"#{minute} = :minute", minute, step.minute)
    if _update(shard, same):
        return
    older = f"attribute_not_exists(#{minute}) OR #{minute} < :minute"
    anew = _Change().add(figures).set({**slot, minute: step.minute})
    if _update(shard, anew.where(older, minute, step.minute)):
        return
    if not _update(shard, same):  # another copy began the minute between the two
        add_figures(shard, figures)  # or the slot serves a later one: this step came too late


def find_sums() -> Sums:
    """The sums over all shards: one BatchGetItem, consistent."""
    table = os.environ["LIMITS_TABLE"]
    client: Any = connection().client
    wanted = {"Keys": [_key(shard) for shard in range(SHARDS)], "ConsistentRead": True}
    sums, waiting = Sums(), {table: wanted}
    while waiting:
        answer = client.batch_get_item(RequestItems=waiting)
        for item in answer["Responses"].get(table, ()):
            numbers = {name: int(value["N"]) for name, value in item.items() if "N" in value}
            _collect(sums, numbers)
        waiting = answer.get("UnprocessedKeys", {})
    return sums


def _collect(sums: Sums, numbers: dict[str, int]) -> None:
    for slot in range(SLOTS):
        minute = numbers.pop(f"m{slot}", None)
        found = [numbers.pop(f"{name}{slot}", 0) for name in "ref"]
        if minute is not None:
            before = sums.slots.get(minute, Step(minute))
            sums.slots[minute] = Step(
                minute,
                before.running + found[0],
                before.ended + found[1],
                before.failed + found[2],
            )
    for name, count in numbers.items():
        sums.figures[name] = sums.figures.get(name, 0) + count


class _Change:
    """One UpdateItem in the making."""

    def __init__(self) -> None:
        self._adds: list[str] = []
        self._sets: list[str] = []
        self._condition = ""
        self._names: dict[str, str] = {}
        self._values: dict[str, dict[str, str]] = {}

    def add(self, figures: Mapping[str, int]) -> "_Change":
        self._adds += [self._term(name, count, " ") for name, count in figures.items()]
        return self

    def set(self, figures: Mapping[str, int]) -> "_Change":
        self._sets += [self._term(name, count, " = ") for name, count in figures.items()]
        return self

    def where(self, condition: str, name: str, minute: int) -> "_Change":
        self._condition = condition
        self._names[f"#{name}"] = name
        self._values[":minute"] = {"N": str(minute)}
        return self

    def _term(self, name: str, count: int, between: str) -> str:
        self._names[f"#{name}"] = name
        self._values[f":{name}"] = {"N": str(count)}
        return f"#{name}{between}:{name}"

    def request(self) -> dict[str, Any]:
        parts = [("SET", self._sets), ("ADD", self._adds)]
        expression = " ".join(f"{verb} {', '.join(terms)}" for verb, terms in parts if terms)
        request: dict[str, Any] = {
            "UpdateExpression": expression,
            "ExpressionAttributeNames": self._names,
            "ExpressionAttributeValues": self._values,
        }
        if self._condition:
            request["ConditionExpression"] = self._condition
        return request


def _update(shard: int, change: _Change) -> bool:
    """Whether the condition held."""
    client: Any = connection().client
    table = os.environ["LIMITS_TABLE"]
    try:
        client.update_item(TableName=table, Key=_key(shard), **change.request())
    except ClientError as error:
        if error.response["Error"]["Code"] == _REFUSED:
            return False
        raise
    return True


def _key(shard: int) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"FLOW#STATS#{shard}"}, "sk": {"S": _SORT}}
