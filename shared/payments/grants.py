"""What a paid order gives its owner, and what a refund takes back."""

import calendar
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.core import clock
from shared.data.credits import add_credits, find_credits, take_credits
from shared.data.transaction import Transaction
from shared.data.users import Subscription, find_user, update_subscription

PARTS = frozenset({"credits", "subscription"})
"""Parts of these names fail where something changed meanwhile: read again, try again."""


def give(transaction: Transaction, owner_id: str, grants: Mapping[str, Any]) -> None:
    """Add the parts that give what an order holds; nothing where the user is gone."""
    if "credits" in grants:
        add_credits(transaction, owner_id, grants["credits"])
    else:
        _move_end(transaction, owner_id, grants["plan"], grants["months"])


def take_back(transaction: Transaction, owner_id: str, grants: Mapping[str, Any]) -> dict[str, Any]:
    """Add the parts that take back what is left of it; returns what that is."""
    if "credits" in grants:
        left = find_credits(owner_id)
        taken = {kind: min(left[kind], number) for kind, number in grants["credits"].items()}
        take_credits(transaction, owner_id, taken)
        return {"credits": taken}
    _move_end(transaction, owner_id, grants["plan"], -grants["months"])
    return dict(grants)


def _move_end(transaction: Transaction, owner_id: str, plan: str, months: int) -> None:
    user = find_user(owner_id)
    if user is None:
        return
    now = clock.now()
    until = user.subscription.expires_at
    end = _months_after(max(now, clock.parse(until)) if until else now, months)
    after = Subscription(plan, "active", clock.iso_ms(end)) if end > now else Subscription()
    update_subscription(transaction, user, after)


def _months_after(moment: datetime, months: int) -> datetime:
    """The same day of another month, or its last one."""
    number = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(number, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
