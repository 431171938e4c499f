"""Notices of a budget: promised in the transaction that makes them due, so once and never lost.

A notice is an event on the deployment's bus, `BudgetThresholdReached` (docs/decisions/0137):

    {"id": "<user>/2026-11/80/<limit>", "user_id", "month", "percent": 80 | 100, "action",
     "monthly_cost_limit", "spent", "currency", "reason": "spent" | "refused"}

Amounts are decimals of the currency. An event is delivered at least once; `id` tells a repeat.
"""

from typing import Literal

from shared.core.money import to_json_number
from shared.data.ledger import Reservation
from shared.data.ledger_months import MONTH, end_notices, spend, spend_crossing, spend_unnoticed
from shared.data.ledger_notices import NOTICES, Crossing, Month, crossing_of, refusal_of
from shared.data.outbox import promise
from shared.data.transaction import Transaction
from shared.ledger.settings import LedgerSettings

_PART = "ledger.notice"
NOTICE_PARTS = frozenset(f"{_PART}.{percent}" for percent in NOTICES)
Reason = Literal["spent", "refused"]


def spend_with_notices(
    transaction: Transaction,
    held: Reservation,
    month: Month,
    *,
    held_micro: int,
    spent_micro: int,
) -> None:
    """Add the month's part of a settle, and the notices that are due as the month stands now."""
    crossing = crossing_of(month, spent_micro)
    user_id, name = held.user_id, held.month
    if crossing:
        spend_crossing(transaction, user_id, name, crossing, held_micro=held_micro)
        _promise(transaction, user_id, name, crossing, "spent")
        return
    way = spend if month.notice else spend_unnoticed
    way(transaction, user_id, name, held_micro=held_micro, spent_micro=spent_micro)


def tell_of_refusal(user_id: str, name: str, month: Month) -> None:
    """Give out what notices are left when the first call is refused; nothing after that."""
    crossing = refusal_of(month)
    if crossing is None:
        return
    transaction = Transaction()
    end_notices(transaction, user_id, name, crossing)
    _promise(transaction, user_id, name, crossing, "refused")
    transaction.mend({MONTH}, lambda _: transaction.discard({MONTH, *NOTICE_PARTS}))
    transaction.commit()


def _promise(
    transaction: Transaction, user_id: str, name: str, crossing: Crossing, reason: Reason
) -> None:
    month = crossing.month
    for percent in crossing.percents:
        notice = {
            "id": f"{user_id}/{name}/{percent}/{month.limit_micro}",
            "user_id": user_id,
            "month": name,
            "percent": percent,
            "action": "block" if month.blocks else "warn",
            "monthly_cost_limit": to_json_number(month.limit_micro),
            "spent": to_json_number(month.spent_micro + crossing.amount_micro),
            "currency": LedgerSettings.from_env().currency,
            "reason": reason,
        }
        part = f"{_PART}.{percent}"
        promise(transaction, "LEDGER_TABLE", "events:budget", notice, part=part)
