"""Reserve → call → settle: exact under concurrency, once whatever is retried (decision 0050).

A caller adds the ledger's parts to its own transaction, so that a message, its usage and its
money are written together or not at all:

    held = ledger.reserve(transaction, user_id=..., amount_micro=worst_case)
    transaction.commit()                       # RateLimited when the budget does not cover it
    ...                                        # the model call
    ledger.settle(transaction, held, [Line(...)])
    transaction.commit()                       # a second settle of the call adds nothing

Neither needs a read. What has to be mended (the month's first call, a repeat, a reservation that
ran out meanwhile) is mended inside `Transaction.commit`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

from shared.core import clock, ids
from shared.core.errors import RateLimited
from shared.core.sweep import sweep
from shared.core.text import Text
from shared.data.changing import until_written
from shared.data.ledger import (
    CALL,
    Reservation,
    create_reservation,
    end_reservation,
    find_expired,
    found_call,
    renew_reservation,
)
from shared.data.ledger_lines import Line, create_lines, delete_role_names, update_counters
from shared.data.ledger_months import (
    MONTH,
    Budget,
    BudgetAction,
    delete_budget,
    find_budget_and_month,
    open_month,
    spend,
    to_month,
    update_budget,
)
from shared.data.ledger_notices import Month
from shared.data.transaction import ConditionFailed, Transaction
from shared.ledger.notices import NOTICE_PARTS, spend_with_notices, tell_of_refusal
from shared.ledger.settings import LedgerSettings

HOLD = timedelta(minutes=13, seconds=30)
"""How long a call's money is held. Housekeeping comes every minute, so that what a dead call holds
is free again within the 15 minutes of the analytics contract; no call may last longer."""
# A budget's month is the calendar month of the default time zone, Asia/Shanghai (no DST).
_BUDGET_ZONE = timezone(timedelta(hours=8))
_OVER_BUDGET = Text("本月预算已用完", "This month's budget is used up")


class CallEnded(Exception):
    """A call id was used for a call that is over, or for none that was ever reserved."""


def reserve(
    transaction: Transaction,
    *,
    user_id: str,
    amount_micro: int,
    call_id: str | None = None,
    hold: timedelta = HOLD,
    covering_micro: int = 0,
) -> Reservation:
    """Add two parts that hold an amount; `commit` refuses when the budget does not cover it.

    Args:
        transaction: written by the caller, at most one reserve or settle in it.
        user_id: whose budget it is.
        amount_micro: the call's worst-case cost, in micro-units.
        call_id: `call_<ULID>`; with the id of an operation, a repeat reserves nothing twice.
        hold: after this the amount is released unless the call was settled.
        covering_micro: a budget with less than this left refuses too; it is not held.

    `commit` raises:
        RateLimited: over a budget that blocks, `details.reason` is `budget`.
        CallEnded: the call was settled before.
    """
    held_call = call_id or ids.new_id("call")
    month = budget_month(_moment(held_call))
    held = Reservation(held_call, user_id, month, amount_micro)
    until = clock.now() + hold
    create_reservation(transaction, held, until, covering_micro)

    def mend(failure: ConditionFailed) -> None:
        if CALL in failure.names:
            found = found_call(failure)
            if found is None or found[1] != "reserved" or found[0].user_id != user_id:
                raise CallEnded(held_call) from failure
            transaction.discard({CALL, MONTH})
            renew_reservation(transaction, found[0], held, until)
        elif MONTH in failure.items:
            tell_of_refusal(user_id, month, to_month(failure.items[MONTH]))
            raise _over_budget() from failure
        else:
            open_month(user_id, month)

    transaction.mend({CALL, MONTH}, mend)
    return held


def settle(transaction: Transaction, held: Reservation, lines: Sequence[Line]) -> None:
    """Add the parts that count what a call really cost and release the rest.

    One line per call of a model (a chat turn with tools has several), at least one. At most
    `2 + lines + 1 + roles + models + features` parts, and one for each notice that is due.
    `commit` adds nothing for a call that was settled before, and counts in full where the
    reservation had run out.

    `commit` raises:
        CallEnded: nothing was ever reserved under the call's id.
    """
    spent = sum(line.cost_micro for line in lines)
    still_held = held.amount_micro
    end_reservation(transaction, held, before="reserved", after="settled")
    spend(transaction, held.user_id, held.month, held_micro=still_held, spent_micro=spent)
    currency = LedgerSettings.from_env().currency
    written = create_lines(transaction, held.user_id, held.call_id, lines, currency)
    counted = update_counters(transaction, held.user_id, _moment(held.call_id), lines)

    def mend(failure: ConditionFailed) -> None:
        nonlocal still_held
        transaction.discard({MONTH, *NOTICE_PARTS})
        if failure.names == {MONTH}:
            month = to_month(failure.items[MONTH])
            spend_with_notices(transaction, held, month, held_micro=still_held, spent_micro=spent)
            return
        found = found_call(failure)
        if found is None:
            raise CallEnded(held.call_id) from failure
        transaction.discard({CALL})
        if found[1] == "settled":
            transaction.discard({*written, *counted})
        else:
            still_held = 0
            end_reservation(transaction, held, before="released", after="settled")
            spend(transaction, held.user_id, held.month, held_micro=0, spent_micro=spent)

    transaction.mend({CALL, MONTH, *written}, mend)


def release(transaction: Transaction, held: Reservation) -> None:
    """Add the parts that give a reservation back; nothing for a call that is over."""
    _give_back(transaction, held)
    transaction.mend({CALL}, lambda _: transaction.discard({CALL, MONTH}))


def reserve_now(
    *, user_id: str, amount_micro: int, call_id: str | None = None, hold: timedelta = HOLD
) -> Reservation:
    """`reserve` in a transaction of its own; raises what its commit raises."""
    transaction = Transaction()
    held = reserve(
        transaction, user_id=user_id, amount_micro=amount_micro, call_id=call_id, hold=hold
    )
    transaction.commit()
    return held


def settle_now(held: Reservation, lines: Sequence[Line]) -> None:
    """`settle` in a transaction of its own; raises what its commit raises."""
    transaction = Transaction()
    settle(transaction, held, lines)
    transaction.commit()


def release_now(held: Reservation) -> None:
    """`release` in a transaction of its own."""
    transaction = Transaction()
    release(transaction, held)
    transaction.commit()


def release_expired(now: datetime) -> int:
    """Give back what calls hold that died; returns how many there were.

    Raises:
        SweepFailed: some could not be released; all others are.
    """
    return sweep(find_expired(now), _release_dead, lambda held: {"call_id": held.call_id})


def set_budget(user_id: str, limit_micro: int | None, action: BudgetAction) -> None:
    """Set a user's limit per month, in micro-units, the running month included; None for none.

    Raises:
        ServiceUnavailable: other changes or calls of the month came in between, again and again.
    """
    month = budget_month(clock.now())
    until_written(lambda: update_budget(user_id, month, limit_micro, action))


def budget_month(moment: datetime) -> str:
    """The budget's month (`2026-11`) that a moment belongs to."""
    return f"{moment.astimezone(_BUDGET_ZONE):%Y-%m}"


def end_of_budget_month(moment: datetime) -> datetime:
    """When the budget's month of that moment is over and the next one begins."""
    first = moment.astimezone(_BUDGET_ZONE).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    return (first + timedelta(days=32)).replace(day=1)


def read_budget(user_id: str) -> tuple[Budget | None, Month | None]:
    """A user's budget, and how the running month stands; None where there is none yet."""
    return find_budget_and_month(user_id, budget_month(clock.now()))


def forget_person(user_id: str) -> None:
    """Account deletion: lines and counters stay, without the names the person gave to roles.

    What is left is bound to a user id that nothing else knows any more (decision 0053). It can
    be repeated.
    """
    delete_budget(user_id)
    delete_role_names(user_id)


def _release_dead(held: Reservation) -> bool:
    transaction = Transaction()
    _give_back(transaction, held)
    try:
        transaction.commit()
    except ConditionFailed:  # settled since the index was read
        return False
    return True


def _give_back(transaction: Transaction, held: Reservation) -> None:
    end_reservation(transaction, held, before="reserved", after="released")
    spend(transaction, held.user_id, held.month, held_micro=held.amount_micro, spent_micro=0)


def _moment(call_id: str) -> datetime:
    """A call belongs to the moment in its id, so repeats meet the same month and counters."""
    return datetime.fromtimestamp(ids.milliseconds(call_id.removeprefix("call_")) / 1000, UTC)


def _over_budget() -> RateLimited:
    now = clock.now()
    wait = int((end_of_budget_month(now) - now).total_seconds()) + 1
    return RateLimited(_OVER_BUDGET, details={"reason": "budget"}, retry_after=wait)
