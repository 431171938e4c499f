"""Orders of a caller: make, find, pay, cancel, refund; and what WeChat Pay tells of them."""

from collections.abc import Mapping
from itertools import islice

from shared.auth.principal import Principal
from shared.core import clock, ids
from shared.core.errors import InvalidRequest
from shared.core.observability import get_logger
from shared.core.text import Text
from shared.data.credits import CreditKind, find_credits
from shared.data.orders import Order, Status, find_order, find_order_owner, find_orders
from shared.http.paging import Page, PageRequest
from shared.payments.errors import (
    NotCancellable,
    NoticeRefused,
    NotPayable,
    NotRefundable,
    OrderNotFound,
    OtherPayer,
)
from shared.payments.orders import (
    PaymentElsewhere,
    accept_order,
    begin_payment,
    begin_refund,
    keep_prepay_id,
    mark_closed,
)
from shared.payments.products import products
from shared.payments.reconcile import Mismatch, apply_payment, apply_refund, ask_refund, close
from shared.payments.wechat.client import Prepay
from shared.payments.wechat.notices import Notice, read_notice
from shared.payments.wechat.service import wechat_pay
from shared.payments.wechat.signing import pay_params

_NAMED = Text("首次支付时必须提供", "is required for the first payment")


def create_order(order_id: str, caller: Principal, product_id: str, quantity: int) -> Order:
    """An order of the caller; a repeat of the operation gives the one that was made."""
    return accept_order(order_id, caller.user_id, product_id, quantity)


def read_order(caller: Principal, order_id: str) -> Order:
    """The caller's order, or anybody's for an admin. Raises OrderNotFound."""
    if not ids.is_id("order", order_id):
        raise OrderNotFound
    owner_id = find_order_owner(order_id) if caller.is_admin else caller.user_id
    order = find_order(owner_id, order_id) if owner_id else None
    if order is None:
        raise OrderNotFound
    return order


def list_orders(caller: Principal, status: Status | None, wanted: PageRequest) -> Page[Order]:
    """One page of the caller's orders; with a status the whole list is read."""
    found = find_orders(caller.user_id, wanted.end if status is None else None)
    if status is None:
        return Page.of(list(islice(found.orders, wanted.start, wanted.end)), found.total, wanted)
    return Page.cut([order for order in found.orders if order.status == status], wanted)


def read_credits(caller: Principal) -> dict[CreditKind, int]:
    """What the caller has left of what was bought."""
    return find_credits(caller.user_id)


async def pay(
    caller: Principal, order_id: str, openid: str | None
) -> tuple[Order, Mapping[str, str]]:
    """What the WeChat page pays with; one `out_trade_no`, so one charge, however often asked.

    Raises:
        OrderNotFound, NotPayable, OtherPayer, PaymentsNotSetUp, PaymentProviderFailed.
        InvalidRequest: nobody was named as payer yet.
    """
    client = await wechat_pay()
    order = read_order(caller, order_id)
    payer = openid or order.openid
    if payer is None:
        raise InvalidRequest.of_field("openid", _NAMED)
    if order.openid not in (None, payer):
        raise OtherPayer
    paying = begin_payment(order, payer)
    if paying is None:
        raise NotPayable(details={"status": read_order(caller, order_id).status})
    prepay_id = paying.prepay_id
    if prepay_id is None or str(paying.prepay_until) <= clock.iso_ms(clock.now()):
        prepay_id = await client.prepay(_prepay_of(paying, payer))
        paying = keep_prepay_id(paying, prepay_id)
        if paying.status != "paying":  # cancelled meanwhile: nobody gets to know the prepay_id
            raise NotPayable(details={"status": paying.status})
    merchant = client.merchant
    params = pay_params(
        merchant.private_key,
        appid=merchant.appid,
        prepay_id=prepay_id,
        timestamp=int(clock.timestamp()),
        nonce=ids.new_ulid(),
    )
    return paying, params


async def cancel(caller: Principal, order_id: str) -> Order:
    """End an unpaid order, at WeChat Pay too. Raises OrderNotFound, NotCancellable."""
    order = read_order(caller, order_id)
    if order.status == "created":
        closed = mark_closed(order, "cancelled")
        if closed is None:
            raise NotCancellable
        return closed
    if order.status != "paying":
        raise NotCancellable(details={"status": order.status})
    return await close(await wechat_pay(), order, "cancelled")


async def refund(caller: Principal, order_id: str, reason: str) -> Order:
    """Give a payment back. Raises OrderNotFound, NotRefundable, PaymentProviderFailed.

    What the order gave is taken back first. Where WeChat Pay does not answer, the refund is under
    way all the same: the scheduled query asks again under the same number.
    """
    client = await wechat_pay()
    order = begin_refund(read_order(caller, order_id), reason)
    if order is None:
        raise NotRefundable
    told = await ask_refund(client, order)
    return apply_refund(order, told)


async def take_notice(headers: Mapping[str, str], raw: bytes) -> None:
    """Take a notice into account; told twice or late, it changes nothing.

    Raises:
        NoticeRefused: forged, or not about an order of ours as it is.
    """
    client = await wechat_pay()
    notice = await read_notice(client, headers, raw)
    order = _order_of(notice)
    try:
        if notice.kind == "refund":
            apply_refund(order, notice.content)
        else:
            apply_payment(order, notice.content)
    except (Mismatch, PaymentElsewhere, KeyError, ValueError) as error:
        raise NoticeRefused from error
    get_logger().info("notice taken", extra={"order_id": order.id, "event": notice.event})


def _order_of(notice: Notice) -> Order:
    order_id = str(notice.content.get("out_trade_no"))
    owner_id = find_order_owner(order_id)
    order = find_order(owner_id, order_id) if owner_id else None
    if order is None:
        raise NoticeRefused
    return order


def _prepay_of(order: Order, openid: str) -> Prepay:
    name = products()[order.product].name.zh
    return Prepay(
        out_trade_no=order.id,
        description=name if order.quantity == 1 else f"{name} × {order.quantity}",
        total_fen=order.amount_fen,
        openid=openid,
        expires_at=clock.parse(order.expires_at),
    )
