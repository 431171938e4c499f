"""Circuit breakers in the limits table: one item each, every step a single conditional write."""

from collections.abc import Sequence
from typing import Any

from pynamodb.attributes import NumberAttribute
from pynamodb.exceptions import PynamoDBException, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.ai.breaker import FAILURES_TO_OPEN, BreakerState, StoreUnavailable
from shared.core import clock
from shared.data.table import Item, TableMeta, TableOf, find

SORT_KEY = "BREAKER"
KEEP_SECONDS = 24 * 3600


class _Breaker(Item):
    class Meta(TableMeta):
        table_name = TableOf("LIMITS_TABLE")

    failures = NumberAttribute(default=0)
    open_until_ms = NumberAttribute(null=True)
    probe_until_ms = NumberAttribute(null=True)


class TableBreakerStore:
    """The store that all running copies share (`BreakerStore` of shared/ai/breaker.py)."""

    def load(self, name: str) -> BreakerState:
        """One eventually consistent GetItem: a second's delay is less than the memory's."""
        try:
            item = find(_Breaker, f"BREAKER#{name}", SORT_KEY, consistent=False)
        except PynamoDBException as error:
            raise StoreUnavailable from error
        return _to_state(item) if item else BreakerState()

    def count_failure(self, name: str) -> BreakerState:
        item = _item(name)
        _update(item, [_Breaker.failures.add(1)], None)
        return _to_state(item)

    def open(self, name: str, seen_ms: int | None, until_ms: int) -> None:
        actions = [
            _Breaker.failures.set(FAILURES_TO_OPEN),
            _Breaker.open_until_ms.set(until_ms),
            _Breaker.probe_until_ms.remove(),
        ]
        _update(_item(name), actions, _still(seen_ms))

    def claim_probe(self, name: str, seen_ms: int, now_ms: int, until_ms: int) -> bool:
        free = _Breaker.probe_until_ms.does_not_exist() | (_Breaker.probe_until_ms <= now_ms)
        claim = [_Breaker.probe_until_ms.set(until_ms)]
        return _update(_item(name), claim, _still(seen_ms) & free)

    def release_probe(self, name: str, seen_ms: int) -> None:
        _update(_item(name), [_Breaker.probe_until_ms.remove()], _still(seen_ms))

    def close(self, name: str, seen_ms: int | None) -> None:
        actions = [
            _Breaker.failures.set(0),
            _Breaker.open_until_ms.remove(),
            _Breaker.probe_until_ms.remove(),
        ]
        _update(_item(name), actions, _still(seen_ms))


def _item(name: str) -> _Breaker:
    return _Breaker(f"BREAKER#{name}", SORT_KEY)


def _still(seen_ms: int | None) -> Condition:
    if seen_ms is None:
        return _Breaker.open_until_ms.does_not_exist()
    return _Breaker.open_until_ms == seen_ms


def _update(item: _Breaker, actions: Sequence[Action], condition: Condition | None) -> bool:
    """Whether the condition held."""
    kept: list[Action] = [*actions, _Breaker.ttl.set(int(clock.timestamp()) + KEEP_SECONDS)]
    try:
        item.update(kept, condition=condition)
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise StoreUnavailable from error
    except PynamoDBException as error:
        raise StoreUnavailable from error
    return True


def _to_state(item: _Breaker) -> BreakerState:
    return BreakerState(int(item.failures), _int(item.open_until_ms), _int(item.probe_until_ms))


def _int(value: Any) -> int | None:
    return None if value is None else int(value)
