"""What WeChat Pay says becomes what is stored: by notice, by query, by closing.

All three end here, in any order and any number of times (decision 0140).
"""

from collections.abc import Mapping
from typing import Any

from shared.core import clock
from shared.core.observability import emit_metric, get_logger
from shared.core.threads import off_loop
from shared.data.orders import Order
from shared.payments.errors import NotCancellable, PaymentProviderFailed
from shared.payments.orders import (
    Payment,
    check_later,
    end_refund,
    is_overdue,
    mark_closed,
    mark_paid,
)
from shared.payments.wechat.client import WeChatPay

_DEAD = frozenset({"CLOSED", "REVOKED", "PAYERROR"})
_REFUND_FAILED = frozenset({"CLOSED", "ABNORMAL"})


class Mismatch(ValueError):
    """WeChat Pay speaks of another order, amount or currency than ours; nothing is changed."""


async def check(pay: WeChatPay, order: Order) -> Order:
    """Ask WeChat Pay about an order and take the answer into account.

    An order that nobody paid in time is closed there first and here after.

    Raises:
        PaymentProviderFailed, CircuitOpen: nothing was learnt.
        Mismatch: what was learnt does not fit the order.
    """
    if order.refund_status == "processing":
        return await _check_refund(pay, order)
    if order.status == "created":
        closed = await off_loop(mark_closed, order, "unpaid") if is_overdue(order) else None
        return closed or order
    told = await pay.find_payment(order.id)
    learnt = await off_loop(apply_payment, order, told) if told else order
    if learnt.status != "paying":
        return learnt
    if is_overdue(learnt):
        return await close(pay, learnt, "unpaid")
    return await off_loop(check_later, learnt)


async def close(pay: WeChatPay, order: Order, reason: str) -> Order:
    """End an unpaid order, at WeChat Pay first. A payment that comes between wins.

    Where WeChat Pay has never heard of it, a prepay may still be under way; its id is then given
    to nobody (`functions/payments/service.py`), so nobody can pay.

    Raises:
        NotCancellable: it was paid meanwhile.
        PaymentProviderFailed, CircuitOpen: it could not be closed; it stays as it is.
    """
    try:
        await pay.close(order.id)
    except PaymentProviderFailed:
        told = await pay.find_payment(order.id)
        order = await off_loop(apply_payment, order, told) if told else order
        if told and order.status == "paying":
            raise
    closed = await off_loop(mark_closed, order, reason)
    if closed is None:
        raise NotCancellable
    return closed


def apply_payment(order: Order, told: Mapping[str, Any]) -> Order:
    """The order after what a notice or a query says of its payment.

    Raises:
        Mismatch: it says it of something else.
    """
    state = told.get("trade_state")
    if told.get("out_trade_no") != order.id:
        raise _mismatch(order, "out_trade_no")
    if state in _DEAD:
        return mark_closed(order, str(state).lower()) or order
    if state not in ("SUCCESS", "REFUND"):
        return order
    amount = told.get("amount") or {}
    if amount.get("total") != order.amount_fen or amount.get("currency", "CNY") != "CNY":
        raise _mismatch(order, "amount")
    paid_at = clock.iso_ms(clock.parse(str(told.get("success_time") or clock.iso(clock.now()))))
    paid = mark_paid(order, Payment(str(told["transaction_id"]), paid_at))
    return end_refund(paid, succeeded=True) if state == "REFUND" else paid


def apply_refund(order: Order, told: Mapping[str, Any]) -> Order:
    """The order after what a notice (`refund_status`) or a query (`status`) says of its refund.

    Raises:
        Mismatch: it says it of another order or amount.
    """
    amount = told.get("amount") or {}
    if told.get("out_trade_no") != order.id or told.get("out_refund_no") != order.refund_no:
        raise _mismatch(order, "out_refund_no")
    if amount.get("refund") != order.amount_fen or amount.get("total") != order.amount_fen:
        raise _mismatch(order, "amount")
    status = told.get("refund_status") or told.get("status")
    if status == "SUCCESS":
        return end_refund(order, succeeded=True)
    if status in _REFUND_FAILED:
        emit_metric("RefundFailed")
        return end_refund(order, succeeded=False)
    return order


async def _check_refund(pay: WeChatPay, order: Order) -> Order:
    told = await pay.find_refund(order.refund_no)
    if told is None:  # the call that should have begun it never arrived
        told = await ask_refund(pay, order)
    learnt = await off_loop(apply_refund, order, told)
    if learnt.refund_status != "processing":
        return learnt
    return await off_loop(check_later, learnt)


async def ask_refund(pay: WeChatPay, order: Order) -> Mapping[str, Any]:
    """Ask WeChat Pay to give the money back; asked twice, it does so once."""
    reason = order.refund_reason or ""
    return await pay.refund(order.id, order.refund_no, order.amount_fen, reason)


def _mismatch(order: Order, what: str) -> Mismatch:
    emit_metric("PaymentMismatch")
    get_logger().error("payment does not fit", extra={"order_id": order.id, "what": what})
    return Mismatch(what)
