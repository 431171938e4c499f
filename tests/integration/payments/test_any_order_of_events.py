"""Whatever is told in whatever order: one legal state, and what was bought is given once."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.core import clock, ids
from shared.data.credits import find_credits
from shared.data.orders import Order, find_order
from shared.payments.orders import accept_order, begin_payment, begin_refund, mark_closed
from shared.payments.reconcile import apply_payment, apply_refund

RANK = {"created": 0, "paying": 1, "closed": 2, "paid": 3, "refunded": 4}
# What WeChat Pay can be asked or tell before and after somebody pays.
BEFORE = ("pay", "not-paid", "close-after-two-hours")
AFTER = ("success", "success", "success", "pay", "not-paid", "refund", "refund-notice")


def told(order: Order, state: str) -> dict[str, Any]:
    return {
        "out_trade_no": order.id,
        "trade_state": state,
        "transaction_id": f"4200{order.id[-20:]}",
        "success_time": clock.iso(clock.now()),
        "amount": {"total": order.amount_fen, "currency": "CNY"},
    }


def happen(event: str, order: Order) -> None:
    if event == "pay":
        begin_payment(order, "payer")
    elif event == "not-paid":
        apply_payment(order, told(order, "NOTPAY"))
    elif event == "close-after-two-hours":
        mark_closed(order, "unpaid")
    elif event == "success":
        apply_payment(order, told(order, "SUCCESS"))
    elif event == "refund":
        begin_refund(order, "")
    elif order.refunds:
        amount = {"refund": order.amount_fen, "total": order.amount_fen}
        words = {"out_trade_no": order.id, "out_refund_no": order.refund_no}
        apply_refund(order, {**words, "refund_status": "SUCCESS", "amount": amount})


@pytest.mark.usefixtures("aws")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    before=st.lists(st.sampled_from(BEFORE), max_size=4),
    after=st.lists(st.sampled_from(AFTER), max_size=8),
    stale=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_orders_only_move_forward_and_give_once(
    before: list[str], after: list[str], stale: list[bool]
) -> None:
    owner_id = ids.new_id("user")
    first = order = accept_order(ids.new_id("order"), owner_id, "photo_pack", 1)
    ranks = [0]
    for event, from_an_old_copy in zip([*before, *after], stale, strict=False):
        happen(event, first if from_an_old_copy and event != "refund-notice" else order)
        order = current(owner_id, order.id)
        ranks.append(RANK[order.status])
    assert ranks == sorted(ranks)
    if "success" in after:
        assert order.status in ("paid", "refunded")
    else:
        assert order.status in ("created", "paying", "closed")
    given_now = order.status == "paid" and order.refund_status != "processing"
    assert find_credits(owner_id)["photo"] == (10 if given_now else 0)


def current(owner_id: str, order_id: str) -> Order:
    order = find_order(owner_id, order_id)
    assert order is not None
    return order
