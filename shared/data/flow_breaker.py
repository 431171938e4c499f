"""The breaker of the code executor in LIMITS_TABLE, one item that all copies share.

`BREAKER#code_executor`, `BREAKER`: `open_until_ms` is there from the trip until the breaker has
closed again; `admitted` and `passed` count the trial after it. Every step is one conditional
write that names the `open_until_ms` its copy has seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pynamodb.attributes import NumberAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.data.table import Item, TableMeta, TableOf, find

_KEY = ("BREAKER#code_executor", "BREAKER")


class _Breaker(Item):
    class Meta(TableMeta):
        table_name = TableOf("LIMITS_TABLE")

    open_until_ms = NumberAttribute(null=True)
    admitted = NumberAttribute(default=0)
    passed = NumberAttribute(default=0)


@dataclass(frozen=True, slots=True)
class BreakerState:
    """`open_until_ms` is None while it is closed; calls admitted to the trial, and passed."""

    open_until_ms: int | None = None
    admitted: int = 0
    passed: int = 0


def find_state() -> BreakerState:
    """The state; eventually consistent, a second more or less makes no difference."""
    item = find(_Breaker, *_KEY, consistent=False)
    if item is None or item.open_until_ms is None:
        return BreakerState()
    return BreakerState(int(item.open_until_ms), int(item.admitted), int(item.passed))


def open_breaker(until_ms: int, now_ms: int) -> bool:
    """Open until then; False where another copy has opened it already."""
    actions = [
        _Breaker.open_until_ms.set(until_ms),
        _Breaker.admitted.set(0),
        _Breaker.passed.set(0),
    ]
    not_open = _Breaker.open_until_ms.does_not_exist() | (_Breaker.open_until_ms <= now_ms)
    return _update(actions, not_open) is not None


def begin_trial(seen_ms: int, now_ms: int) -> bool:
    """Begin a trial that never ended once more, with this call; False where somebody else did."""
    actions = [
        _Breaker.open_until_ms.set(now_ms),
        _Breaker.admitted.set(1),
        _Breaker.passed.set(0),
    ]
    return _update(actions, _Breaker.open_until_ms == seen_ms) is not None


def admit(seen_ms: int, at_most: int) -> bool:
    """Whether one more call may be tried."""
    room = (_Breaker.open_until_ms == seen_ms) & (_Breaker.admitted < at_most)
    return _update([_Breaker.admitted.add(1)], room) is not None


def count_passed(seen_ms: int) -> int:
    """A tried call was good; how many there were, 0 where the trial is over."""
    state = _update([_Breaker.passed.add(1)], _Breaker.open_until_ms == seen_ms)
    return state.passed if state else 0


def close_breaker(seen_ms: int) -> None:
    """All is well again."""
    _update([_Breaker.open_until_ms.remove()], _Breaker.open_until_ms == seen_ms)


def _update(actions: Sequence[Action], condition: Condition) -> BreakerState | None:
    """The state after the write; None where the condition did not hold."""
    item = _Breaker(*_KEY)
    try:
        item.update([*actions], condition=condition)
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return None
        raise
    until = item.open_until_ms
    return BreakerState(None if until is None else int(until), int(item.admitted), int(item.passed))
