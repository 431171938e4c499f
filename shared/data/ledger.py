"""Months, reservations and budgets in LEDGER_TABLE: the parts they add to a transaction.

A condition cannot add two attributes, so a month keeps the sum ready: `available` is its limit
minus what is spent and what is reserved (a month without a limit starts at 0 and goes below).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from shared.core import clock
from shared.data.table import Gsi1, Item, TableMeta, TableOf, find
from shared.data.transaction import ConditionFailed, Transaction

MONTH = "ledger.month"
CALL = "ledger.call"
BUDGET = "ledger.budget"
SHARDS = 8
KEEP_CALL_SECONDS = 40 * 24 * 3600  # a task's result lives 30 days, and so may its repeats
BudgetAction = Literal["block", "warn"]
CallState = Literal["reserved", "settled", "released"]


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money held for one call: what a later settle or release needs, whoever does it.

    `amount_micro` is the worst case in micro-units; `month` is the budget month (`2026-11`).
    """

    call_id: str
    user_id: str
    month: str
    amount_micro: int


@dataclass(frozen=True, slots=True)
class Budget:
    """A user's limit per month, in micro-units; `version` counts its changes."""

    limit_micro: int
    action: BudgetAction
    version: int


class _LedgerMeta(TableMeta):
    table_name = TableOf("LEDGER_TABLE")


class _MonthItem(Item):
    class Meta(_LedgerMeta):
        pass

    available = NumberAttribute()
    spent = NumberAttribute()
    limit_micro = NumberAttribute()
    blocks = BooleanAttribute()


class _CallItem(Item):
    class Meta(_LedgerMeta):
        pass

    user_id = UnicodeAttribute()
    month = UnicodeAttribute()
    amount_micro = NumberAttribute()
    state = UnicodeAttribute()
    gsi1 = Gsi1()


class _BudgetItem(Item):
    class Meta(_LedgerMeta):
        pass

    limit_micro = NumberAttribute()
    action = UnicodeAttribute()
    version = NumberAttribute()


def create_reservation(transaction: Transaction, held: Reservation, until: datetime) -> None:
    """Hold the amount until then: the month must be open and, with a limit, have it left."""
    item = _CallItem(
        f"CALL#{held.call_id}",
        "CALL",
        ttl=int(until.timestamp()) + KEEP_CALL_SECONDS,
        user_id=held.user_id,
        month=held.month,
        amount_micro=held.amount_micro,
        state="reserved",
        gsi1pk=_shard(held.call_id),
        gsi1sk=_end(held.call_id, until),
    )
    free = _CallItem.pk.does_not_exist() | (_CallItem.state == "released")
    transaction.save(CALL, item, free, return_old=True)
    transaction.update(
        MONTH,
        _month(held.user_id, held.month),
        [_MonthItem.available.add(-held.amount_micro)],
        _MonthItem.pk.exists() & _has_left(held.amount_micro),
        return_old=True,
    )


def renew_reservation(
    transaction: Transaction, standing: Reservation, held: Reservation, until: datetime
) -> None:
    """Let what a call holds already be the new amount, until the new time."""
    more = held.amount_micro - standing.amount_micro
    transaction.update(
        CALL,
        _CallItem(f"CALL#{held.call_id}", "CALL"),
        [
            _CallItem.amount_micro.set(held.amount_micro),
            _CallItem.gsi1sk.set(_end(held.call_id, until)),
        ],
        (_CallItem.state == "reserved") & (_CallItem.amount_micro == standing.amount_micro),
        return_old=True,
    )
    transaction.update(
        MONTH,
        _month(held.user_id, held.month),
        [_MonthItem.available.add(-more)],
        _has_left(more) if more > 0 else None,
        return_old=True,
    )


def end_reservation(
    transaction: Transaction,
    held: Reservation,
    *,
    before: CallState,
    after: CallState,
    spent_micro: int = 0,
) -> None:
    """Turn a call from one state into another; what it held beyond `spent_micro` is free again."""
    transaction.update(
        CALL,
        _CallItem(f"CALL#{held.call_id}", "CALL"),
        [_CallItem.state.set(after), _CallItem.gsi1pk.remove(), _CallItem.gsi1sk.remove()],
        _CallItem.state == before,
        return_old=True,
    )
    still_held = held.amount_micro if before == "reserved" else 0
    actions = [_MonthItem.available.add(still_held - spent_micro)]
    if spent_micro:
        actions.append(_MonthItem.spent.add(spent_micro))
    transaction.update(MONTH, _month(held.user_id, held.month), actions)


def found_call(failure: ConditionFailed) -> tuple[Reservation, CallState] | None:
    """The call that a failed part met; None where there is none."""
    raw = failure.items.get(CALL)
    if raw is None:
        return None
    item = _CallItem.from_raw_data(raw)
    return _to_reservation(item), _state(item)


def find_reservation(call_id: str) -> Reservation | None:
    """What is held for a call; None when it was never reserved or has ended."""
    item = find(_CallItem, f"CALL#{call_id}", "CALL")
    return _to_reservation(item) if item and item.state == "reserved" else None


def find_expired(now: datetime) -> Iterator[Reservation]:
    """Reservations whose time is over and that nobody ended, from every shard of the index."""
    for shard in range(SHARDS):
        until = Gsi1.gsi1sk <= clock.iso_ms(now)
        for item in _CallItem.gsi1.query(f"RESERVED#{shard}", until):
            yield _to_reservation(item)


def open_month(user_id: str, month: str) -> None:
    """Make the month's item from the budget in force; nothing where it is there already."""
    budget = find_budget(user_id)
    transaction = Transaction()
    transaction.create(MONTH, _new_month(user_id, month, budget))
    if budget is None:
        transaction.check(BUDGET, _budget(user_id), _BudgetItem.pk.does_not_exist())
    else:
        transaction.check(BUDGET, _budget(user_id), _BudgetItem.version == budget.version)
    transaction.mend({BUDGET, MONTH}, lambda _: transaction.discard({BUDGET, MONTH}))
    transaction.commit()


def find_budget(user_id: str) -> Budget | None:
    """The user's budget, or None: unlimited."""
    item = find(_BudgetItem, f"USER#{user_id}", "BUDGET")
    if item is None:
        return None
    action = cast(BudgetAction, item.action)
    return Budget(int(item.limit_micro), action, int(item.version))


def update_budget(user_id: str, month: str, limit_micro: int, action: BudgetAction) -> None:
    """Set the limit from now on, the running month included.

    Raises:
        ConditionFailed: another change came in between; try again.
    """
    before = find_budget(user_id)
    running = find(_MonthItem, f"USER#{user_id}", f"MONTH#{month}")
    version = before.version + 1 if before else 1
    transaction = Transaction()
    after = Budget(limit_micro, action, version)
    item = _budget(user_id, after)
    if before:
        transaction.save(BUDGET, item, _BudgetItem.version == before.version)
    else:
        transaction.create(BUDGET, item)
    if running is None:
        transaction.create(MONTH, _new_month(user_id, month, after))
    else:
        actions = [
            _MonthItem.available.add(limit_micro - int(running.limit_micro)),
            _MonthItem.limit_micro.set(limit_micro),
            _MonthItem.blocks.set(action == "block"),
        ]
        unchanged = _MonthItem.limit_micro == running.limit_micro
        transaction.update(MONTH, running, actions, unchanged)
    transaction.commit()


def delete_budget(user_id: str) -> None:
    """Forget the limit for months to come (the account is being deleted)."""
    _budget(user_id).delete()


def _new_month(user_id: str, month: str, budget: Budget | None) -> _MonthItem:
    limit = budget.limit_micro if budget else 0
    blocks = budget is not None and budget.action == "block"
    item = _month(user_id, month)
    item.available, item.spent, item.limit_micro, item.blocks = limit, 0, limit, blocks
    return item


def _month(user_id: str, month: str) -> _MonthItem:
    return _MonthItem(f"USER#{user_id}", f"MONTH#{month}")


def _budget(user_id: str, budget: Budget | None = None) -> _BudgetItem:
    item = _BudgetItem(f"USER#{user_id}", "BUDGET")
    if budget:
        item.limit_micro, item.action = budget.limit_micro, budget.action
        item.version = budget.version
    return item


def _shard(call_id: str) -> str:
    # Each turn writes the index twice; one partition key would end at 1,000 writes a second.
    return f"RESERVED#{sum(call_id.encode()) % SHARDS}"


def _end(call_id: str, until: datetime) -> str:
    return f"{clock.iso_ms(until)}#{call_id}"


def _has_left(amount_micro: int) -> Condition:
    left: Condition = _MonthItem.blocks == False  # noqa: E712
    left |= _MonthItem.available >= amount_micro
    return left


def _state(item: _CallItem) -> CallState:
    return cast(CallState, item.state)


def _to_reservation(item: _CallItem) -> Reservation:
    call_id = item.pk.removeprefix("CALL#")
    return Reservation(call_id, item.user_id, item.month, int(item.amount_micro))
