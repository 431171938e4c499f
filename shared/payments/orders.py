"""Every change of an order, each one transaction, conditional on the order's revision.

    created ─► paying ─► paid ─► refunded
       └─────────┴────► closed

A status only moves forward. What WeChat Pay says of a payment outranks what is known here: an order
that was closed and turns out to be paid is paid, since the money was taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.core import clock
from shared.core.observability import emit_metric, get_logger
from shared.data.changing import change_stored
from shared.data.orders import (
    PART,
    PAYMENT_PART,
    Order,
    Status,
    count_payment,
    find_order,
    store_order,
    update_order,
)
from shared.data.transaction import ConditionFailed, Transaction
from shared.payments.grants import PARTS, give, take_back
from shared.payments.products import products

PAY_WITHIN = timedelta(hours=2)
PREPAY_GOOD = timedelta(hours=2)
# When WeChat Pay is asked after a payment was begun, if its notice has not come. With the ticks of
# the worker, every four minutes, a lost notice is made good within ten.
_CHECKS_MINUTES = (1, 2, 4)
_CHECK_LATER_MINUTES = 5
_LONGEST_HISTORY = 50
_RANK: dict[Status, int] = {"created": 0, "paying": 1, "closed": 2, "paid": 3, "refunded": 4}
Decision = Callable[[Order], Order | None]


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as WeChat Pay told of it; `paid_at` is a stored ISO text."""

    transaction_id: str
    paid_at: str


def accept_order(order_id: str, owner_id: str, product_id: str, quantity: int) -> Order:
    """Make an order; a repeat with the same id gives the one that was made."""
    product = products()[product_id]
    now = clock.now()
    order = Order(
        id=order_id,
        owner_id=owner_id,
        product=product.id,
        quantity=quantity,
        amount_fen=product.price_fen * quantity,
        grants=product.grants_of(quantity),
        created_at=clock.iso_ms(now),
        updated_at=clock.iso_ms(now),
        expires_at=clock.iso_ms(now + PAY_WITHIN),
        next_check_at=clock.iso_ms(now + PAY_WITHIN),
        history=({"at": clock.iso(now), "status": "created"},),
    )
    transaction = Transaction()
    store_order(transaction, order)
    try:
        transaction.commit()
    except ConditionFailed:
        stored = find_order(owner_id, order_id)
        if stored is None:
            raise
        return stored
    return order


def begin_payment(order: Order, openid: str) -> Order | None:
    """Note that a user is about to pay, before WeChat Pay hears of it.

    None where the order cannot be paid, or somebody else began to pay it.
    """

    def begun(current: Order) -> Order | None:
        if current.status not in ("created", "paying") or is_overdue(current):
            return None
        if current.openid not in (None, openid):
            return None
        first = clock.iso_ms(clock.now() + timedelta(minutes=_CHECKS_MINUTES[0]))
        return replace(_moved(current, "paying"), openid=openid, checks=0, next_check_at=first)

    return _change(order, begun)


def keep_prepay_id(order: Order, prepay_id: str) -> Order:
    """Note what the page pays with; the order as it stands where it has ended meanwhile."""
    until = clock.iso_ms(clock.now() + PREPAY_GOOD)

    def kept(current: Order) -> Order | None:
        if current.status != "paying":
            return current
        return replace(current, prepay_id=prepay_id, prepay_until=until)

    return _change(order, kept) or order


def mark_paid(order: Order, payment: Payment) -> Order:
    """Take a payment into account and give what was bought, once whatever is told twice."""

    def paid(current: Order) -> Order | None:
        if _RANK[current.status] >= _RANK["paid"]:
            if current.transaction_id != payment.transaction_id:
                extra = {"order_id": current.id}
                get_logger().error("a second payment of one order", extra=extra)
                emit_metric("PaymentMismatch")
            return current
        moved = _moved(current, "paid", transaction_id=payment.transaction_id)
        return replace(
            moved,
            transaction_id=payment.transaction_id,
            paid_at=payment.paid_at,
            closed_at=None,
            next_check_at=None,
        )

    return _change(order, paid) or order


def mark_closed(order: Order, reason: str) -> Order | None:
    """End an order that nobody can pay any more; None where it is paid."""

    def closed(current: Order) -> Order | None:
        if current.status == "closed":
            return current
        if _RANK[current.status] > _RANK["closed"]:
            return None
        at = clock.iso_ms(clock.now())
        moved = _moved(current, "closed", reason=reason)
        return replace(moved, closed_at=at, next_check_at=None)

    return _change(order, closed)


def begin_refund(order: Order, reason: str) -> Order | None:
    """Take back what is left of what was given, before the money goes back.

    None where the order is not paid. A repeat gives the refund under way; one that failed is
    begun again.
    """

    def begun(current: Order) -> Order | None:
        if current.status != "paid":
            return None
        if current.refund_status == "processing":
            return current
        told = {"refund": "processing", "reason": reason}
        first = clock.iso_ms(clock.now() + timedelta(minutes=_CHECKS_MINUTES[0]))
        return replace(
            _moved(current, "paid", **told),
            refund_status="processing",
            refund_reason=reason,
            refunds=current.refunds + 1,
            checks=0,
            next_check_at=first,
        )

    return _change(order, begun)


def end_refund(order: Order, *, succeeded: bool) -> Order:
    """Take the end of a refund into account; one that failed gives back what was taken."""

    def ended(current: Order) -> Order | None:
        if current.status != "paid" or (not succeeded and current.refund_status != "processing"):
            return current
        if succeeded:
            at = clock.iso_ms(clock.now())
            moved = _moved(current, "refunded")
            return replace(moved, refund_status="success", refunded_at=at, next_check_at=None)
        moved = _moved(current, "paid", refund="failed")
        return replace(moved, refund_status="failed", next_check_at=None)

    return _change(order, ended) or order


def check_later(order: Order) -> Order:
    """Note that WeChat Pay was asked and had nothing new."""
    minutes = [*_CHECKS_MINUTES, _CHECK_LATER_MINUTES][min(order.checks + 1, len(_CHECKS_MINUTES))]
    at = clock.iso_ms(clock.now() + timedelta(minutes=minutes))

    def later(current: Order) -> Order | None:
        if current.next_check_at != order.next_check_at or current.next_check_at is None:
            return current
        return replace(current, checks=current.checks + 1, next_check_at=at)

    return _change(order, later) or order


def forget_payer(order: Order) -> Order:
    """Account deletion: the WeChat user's id goes, the book entry stays."""

    def gone(current: Order) -> Order:
        return replace(current, openid=None) if current.openid else current

    return _change(order, gone) or order


def is_overdue(order: Order, now: datetime | None = None) -> bool:
    """Whether the time to pay it is over."""
    return clock.parse(order.expires_at) <= (now or clock.now())


def _change(order: Order, decide: Decision) -> Order | None:
    """Apply `decide` to the stored order until it is written; None where it gives None."""
    return change_stored(order, decide, _write, partial(_read_again, order))


def _read_again(order: Order, failure: ConditionFailed) -> Order | None:
    if not failure.names & {PART, PAYMENT_PART, *PARTS}:
        raise failure
    if failure.names == {PAYMENT_PART}:
        raise PaymentElsewhere(order.id) from failure
    return find_order(order.owner_id, order.id)


class PaymentElsewhere(RuntimeError):
    """WeChat Pay's id of a payment stands on another order: it credits nothing."""


def _write(old: Order, new: Order) -> Order:
    transaction = Transaction()
    new = replace(new, revision=old.revision + 1, updated_at=clock.iso_ms(clock.now()))
    new = _with_goods(transaction, old, new)
    update_order(transaction, old, new)
    transaction.commit()
    return new


def _with_goods(transaction: Transaction, old: Order, new: Order) -> Order:
    if new.status == "paid" and old.status != "paid":
        count_payment(transaction, str(new.transaction_id), new.id)
        give(transaction, new.owner_id, new.grants)
        return new
    was, now = old.refund_status, new.refund_status
    if was != now and now == "failed" and new.revoked:
        give(transaction, new.owner_id, new.revoked)
        return replace(new, revoked=None)
    if was != now and was != "processing" and now in ("processing", "success"):
        return replace(new, revoked=take_back(transaction, new.owner_id, new.grants))
    return new


def _moved(order: Order, status: Status, **told: Any) -> Order:
    if status == order.status and not told:
        return order
    entry: Mapping[str, Any] = {"at": clock.iso(clock.now()), "status": status, **told}
    history = (*order.history, entry)[-_LONGEST_HISTORY:]
    return replace(order, status=status, history=history)
