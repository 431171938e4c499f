"""Months and budgets in LEDGER_TABLE: what is left, and how far the next notice is.

A condition cannot add two attributes, so a month keeps its sums ready: `available` is its limit
minus what is spent and what is reserved (a month without a limit starts at 0 and goes below),
`until_notice` is what may still be spent before the notice at `notice` percent (docs/decisions
0050 and 0137).
"""

from dataclasses import dataclass
from typing import Any, Literal, cast

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.core import clock
from shared.data.ledger_notices import NOTICES, Crossing, Month, notice_at
from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

MONTH = "ledger.month"
BUDGET = "ledger.budget"
_NEVER = 10**18
BudgetAction = Literal["block", "warn"]


@dataclass(frozen=True, slots=True)
class Budget:
    """A user's limit per month, in micro-units; `version` counts its changes."""

    limit_micro: int
    action: BudgetAction
    version: int


class _Meta(TableMeta):
    table_name = TableOf("LEDGER_TABLE")


class _MonthItem(Item):
    class Meta(_Meta):
        pass

    available = NumberAttribute()
    spent = NumberAttribute()
    limit_micro = NumberAttribute()
    blocks = BooleanAttribute()
    notice = NumberAttribute(default=0)
    until_notice = NumberAttribute(default=_NEVER)


class _BudgetItem(Item):
    class Meta(_Meta):
        pass

    limit_micro = NumberAttribute()
    action = UnicodeAttribute()
    version = NumberAttribute()


class _Either(_MonthItem):
    """What a read of both keys gives."""

    class Meta(_Meta):
        pass

    available = NumberAttribute(default=0)
    spent = NumberAttribute(default=0)
    blocks = BooleanAttribute(default=False)
    action = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)


def hold(
    transaction: Transaction, user_id: str, month: str, amount_micro: int, covering_micro: int = 0
) -> None:
    """Take from what is available: the month must be open and, with a limit, have it left.

    With `covering_micro` that much must be left, though it is not taken.
    """
    transaction.update(
        MONTH,
        _month(user_id, month),
        [_MonthItem.available.add(-amount_micro)],
        _MonthItem.pk.exists() & _has_left(max(amount_micro, covering_micro)),
        return_old=True,
    )


def hold_more(transaction: Transaction, user_id: str, month: str, more_micro: int) -> None:
    """Change what a call holds; less is always possible."""
    transaction.update(
        MONTH,
        _month(user_id, month),
        [_MonthItem.available.add(-more_micro)],
        _has_left(more_micro) if more_micro > 0 else None,
        return_old=True,
    )


def spend(
    transaction: Transaction, user_id: str, month: str, *, held_micro: int, spent_micro: int
) -> None:
    """Give back what was held and count what was spent; fails where a notice would be due."""
    actions: list[Action] = [_MonthItem.available.add(held_micro - spent_micro)]
    condition: Condition | None = None
    if spent_micro:
        actions.append(_MonthItem.spent.add(spent_micro))
        actions.append(_MonthItem.until_notice.add(-spent_micro))
        condition = _MonthItem.until_notice > spent_micro
    item = _month(user_id, month)
    transaction.update(MONTH, item, actions, condition, return_old=True)


def spend_crossing(
    transaction: Transaction, user_id: str, month: str, crossing: Crossing, *, held_micro: int
) -> None:
    """The same where notices are due; fails where others were given out meanwhile."""
    amount = crossing.amount_micro
    actions: list[Action] = [
        _MonthItem.available.add(held_micro - amount),
        _MonthItem.spent.add(amount),
        _MonthItem.notice.set(crossing.next_notice),
    ]
    condition = _stands_before(crossing) & (_MonthItem.until_notice <= amount)
    if crossing.next_notice:
        actions.append(_MonthItem.until_notice.add(crossing.gap_micro - amount))
        condition &= _MonthItem.until_notice > amount - crossing.gap_micro
    else:
        actions.append(_MonthItem.until_notice.set(_NEVER))
    transaction.update(MONTH, _month(user_id, month), actions, condition, return_old=True)


def spend_unnoticed(
    transaction: Transaction, user_id: str, month: str, *, held_micro: int, spent_micro: int
) -> None:
    """The same in a month without notices that was opened before there were any."""
    actions: list[Action] = [
        _MonthItem.available.add(held_micro - spent_micro),
        _MonthItem.spent.add(spent_micro),
        _MonthItem.until_notice.set(_NEVER),
    ]
    without = _MonthItem.notice.does_not_exist() | (_MonthItem.notice == 0)
    transaction.update(MONTH, _month(user_id, month), actions, without, return_old=True)


def end_notices(transaction: Transaction, user_id: str, month: str, crossing: Crossing) -> None:
    """All notices of the month are given out; fails where somebody else did."""
    actions = [_MonthItem.notice.set(0), _MonthItem.until_notice.set(_NEVER)]
    transaction.update(MONTH, _month(user_id, month), actions, _stands_before(crossing))


def to_month(raw: dict[str, Any]) -> Month:
    """The month of an item as a failed condition gives it."""
    return _to_month(_MonthItem.from_raw_data(raw))


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
    return _to_budget(item) if item else None


def find_budget_and_month(user_id: str, month: str) -> tuple[Budget | None, Month | None]:
    """Both by one consistent BatchGetItem."""
    budget: Budget | None = None
    running: Month | None = None
    keys = [(f"USER#{user_id}", "BUDGET"), (f"USER#{user_id}", f"MONTH#{month}")]
    for item in _Either.batch_get(keys, consistent_read=True):
        if item.sk == "BUDGET":
            budget = _to_budget(item)
        else:
            running = _to_month(item)
    return budget, running


def update_budget(user_id: str, month: str, limit_micro: int | None, action: BudgetAction) -> None:
    """Set the limit from now on, the running month included; another limit has new notices.

    None takes the limit away.

    Raises:
        ConditionFailed: another change or call came in between; try again.
    """
    before = find_budget(user_id)
    running = find(_MonthItem, f"USER#{user_id}", f"MONTH#{month}")
    transaction = Transaction()
    version = before.version + 1 if before else _first_version()
    after = None if limit_micro is None else Budget(limit_micro, action, version)
    _put_budget(transaction, user_id, before, after)
    if running is None:
        transaction.create(MONTH, _new_month(user_id, month, after))
    else:
        _limit_month(transaction, running, after, new=before is None)
    transaction.commit()


def _first_version() -> int:
    # Later than any of a budget that was taken away: who read that one must not take it for this.
    return int(clock.timestamp() * 1000)


def _put_budget(
    transaction: Transaction, user_id: str, before: Budget | None, after: Budget | None
) -> None:
    item = _budget(user_id, after)
    same = _BudgetItem.version == before.version if before else _BudgetItem.pk.does_not_exist()
    if after:
        transaction.save(BUDGET, item, same)
    elif before:
        transaction.delete(BUDGET, item, same)


def delete_budget(user_id: str) -> None:
    """Forget the limit for months to come (the account is being deleted)."""
    _budget(user_id).delete()


def _limit_month(
    transaction: Transaction, running: _MonthItem, budget: Budget | None, *, new: bool
) -> None:
    limit = budget.limit_micro if budget else 0
    actions: list[Action] = [
        _MonthItem.available.add(limit - int(running.limit_micro)),
        _MonthItem.limit_micro.set(limit),
        _MonthItem.blocks.set(budget is not None and budget.action == "block"),
    ]
    unchanged: Condition = _MonthItem.limit_micro == running.limit_micro
    if budget is None:
        actions += [_MonthItem.notice.set(0), _MonthItem.until_notice.set(_NEVER)]
    elif new or limit != running.limit_micro:
        actions.append(_MonthItem.notice.set(NOTICES[0]))
        first = notice_at(limit, NOTICES[0])
        actions.append(_MonthItem.until_notice.set(first - int(running.spent)))
        unchanged &= _MonthItem.spent == running.spent
    transaction.update(MONTH, running, actions, unchanged)


def _new_month(user_id: str, month: str, budget: Budget | None) -> _MonthItem:
    item = _month(user_id, month)
    item.available = item.limit_micro = budget.limit_micro if budget else 0
    item.spent, item.blocks = 0, budget is not None and budget.action == "block"
    if budget:
        item.notice = NOTICES[0]
        item.until_notice = notice_at(budget.limit_micro, NOTICES[0])
    else:
        item.notice, item.until_notice = 0, _NEVER
    return item


def _month(user_id: str, month: str) -> _MonthItem:
    return _MonthItem(f"USER#{user_id}", f"MONTH#{month}")


def _budget(user_id: str, budget: Budget | None = None) -> _BudgetItem:
    item = _BudgetItem(f"USER#{user_id}", "BUDGET")
    if budget:
        item.limit_micro, item.action = budget.limit_micro, budget.action
        item.version = budget.version
    return item


def _has_left(amount_micro: int) -> Condition:
    left: Condition = _MonthItem.blocks == False  # noqa: E712
    left |= _MonthItem.available >= amount_micro
    return left


def _stands_before(crossing: Crossing) -> Condition:
    same: Condition = _MonthItem.limit_micro == crossing.month.limit_micro
    same &= _MonthItem.notice == crossing.percents[0]
    return same


def _to_budget(item: _BudgetItem | _Either) -> Budget:
    action = cast(BudgetAction, item.action)
    return Budget(int(item.limit_micro), action, int(item.version))


def _to_month(item: _MonthItem) -> Month:
    return Month(
        spent_micro=int(item.spent),
        available_micro=int(item.available),
        limit_micro=int(item.limit_micro),
        blocks=bool(item.blocks),
        notice=int(item.notice),
    )
