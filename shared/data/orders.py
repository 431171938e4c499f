"""Orders of an owner: one item each, their number beside them.

Items of the payments table (docs/database-design.md):

    ORDERS#<owner>   ORDER#<id>   the order; in gsi1 under OPEN_ORDERS by its next check, while
                                  something about it is still to be learnt from WeChat Pay
    ORDERS#<owner>   ~TOTAL       how many there are
    ORDER#<id>       OWNER        whose it is, for notices, which know the id only
    TXN#<id>         TXN          a payment of WeChat Pay that was credited, so that it is once

`~` sorts after every id: one newest-first query gives the total and then the orders.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from shared.core import clock
from shared.data.table import Gsi1, Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

Status = Literal["created", "paying", "paid", "refunded", "closed"]
RefundStatus = Literal["processing", "success", "failed"]
OPEN = "OPEN_ORDERS"
PART = "order"
"""The name of the order's part in a transaction, for telling a failed condition."""
PAYMENT_PART = "payment"
"""The name of the part that makes a payment of WeChat Pay count once."""

_TOTAL = "~TOTAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order. Its id is its `out_trade_no` at WeChat Pay.

    Attributes:
        grants: what a payment gives, as it was sold: `{"credits": {"photo": 10}}` or
            `{"months": 1, "plan": "pro"}`.
        expires_at: unpaid by then, it is closed.
        prepay_until: how long `prepay_id` is good.
        refunds: how many were begun; each has its own `refund_no` at WeChat Pay.
        revoked: what a refund has taken back, in the form of `grants`.
        checks: how often WeChat Pay was asked; `next_check_at` is when it is asked again.
        history: what happened, oldest first: `{"at", "status", ...}`.
        revision: counts its changes; times are stored ISO texts.
    """

    id: str
    owner_id: str
    product: str
    quantity: int
    amount_fen: int
    grants: Mapping[str, Any]
    created_at: str
    updated_at: str
    expires_at: str
    status: Status = "created"
    openid: str | None = None
    prepay_id: str | None = None
    prepay_until: str | None = None
    transaction_id: str | None = None
    paid_at: str | None = None
    closed_at: str | None = None
    refund_status: RefundStatus | None = None
    refund_reason: str | None = None
    refunded_at: str | None = None
    revoked: Mapping[str, Any] | None = None
    refunds: int = 0
    next_check_at: str | None = None
    checks: int = 0
    history: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    revision: int = 1

    @property
    def refund_no(self) -> str:
        """`out_refund_no` of the refund that was begun last."""
        return f"{self.id}-{self.refunds}"


@dataclass(frozen=True, slots=True)
class OrderList:
    """A list, newest first, read as far as it is iterated; `total` covers all of it."""

    total: int
    orders: Iterator[Order]


class _PaymentsMeta(TableMeta):
    table_name = TableOf("PAYMENTS_TABLE")


class _OrderItem(Item):
    """Total and orders in one class, since one query reads both."""

    class Meta(_PaymentsMeta):
        pass

    gsi1 = Gsi1()
    total = NumberAttribute(null=True)
    product = UnicodeAttribute(null=True)
    quantity = NumberAttribute(null=True)
    amount_fen = NumberAttribute(null=True)
    grants = JSONAttribute(null=True)
    created_at = UnicodeAttribute(null=True)
    updated_at = UnicodeAttribute(null=True)
    expires_at = UnicodeAttribute(null=True)
    status = UnicodeAttribute(null=True)
    openid = UnicodeAttribute(null=True)
    prepay_id = UnicodeAttribute(null=True)
    prepay_until = UnicodeAttribute(null=True)
    transaction_id = UnicodeAttribute(null=True)
    paid_at = UnicodeAttribute(null=True)
    closed_at = UnicodeAttribute(null=True)
    refund_status = UnicodeAttribute(null=True)
    refund_reason = UnicodeAttribute(null=True)
    refunded_at = UnicodeAttribute(null=True)
    revoked = JSONAttribute(null=True)
    next_check_at = UnicodeAttribute(null=True)
    refunds = NumberAttribute(null=True)
    checks = NumberAttribute(null=True)
    history = JSONAttribute(null=True)
    revision = NumberAttribute(null=True)


class _OwnerItem(Item):
    class Meta(_PaymentsMeta):
        pass

    owner_id = UnicodeAttribute()


class _PaymentItem(Item):
    class Meta(_PaymentsMeta):
        pass

    order_id = UnicodeAttribute()


def find_order(owner_id: str, order_id: str) -> Order | None:
    """An owner's order: one consistent GetItem."""
    item = find(_OrderItem, _owner_key(owner_id), _key(order_id))
    return _to_order(item) if item else None


def find_order_owner(order_id: str) -> str | None:
    """Whose order that is; None where there is none."""
    item = find(_OwnerItem, f"ORDER#{order_id}", "OWNER")
    return item.owner_id if item else None


def find_orders(owner_id: str, at_most: int | None = None) -> OrderList:
    """An owner's orders, strongly consistent; `at_most` is how many will be read, if known."""
    rows = _OrderItem.query(
        _owner_key(owner_id),
        consistent_read=True,
        scan_index_forward=False,
        page_size=at_most and at_most + 1,
    )
    first = next(rows, None)
    if first is None or first.sk != _TOTAL:  # the total exists as soon as one order does
        return OrderList(0, iter(()))
    return OrderList(int(first.total or 0), (_to_order(row) for row in rows))


def find_due_orders(now: datetime, limit: int) -> list[Order]:
    """Orders whose next check is due, the longest waiting first."""
    rows = _OrderItem.gsi1.query(OPEN, Gsi1.gsi1sk < clock.iso_ms(now), limit=limit)
    return [_to_order(item) for item in rows]


def store_order(transaction: Transaction, order: Order) -> None:
    """Add an order; the part `PART` fails where the id exists."""
    transaction.create(PART, _to_item(order))
    transaction.save("owner", _OwnerItem(f"ORDER#{order.id}", "OWNER", owner_id=order.owner_id))
    actions: list[Action] = [_OrderItem.total.add(1)]
    transaction.update("total", _OrderItem(_owner_key(order.owner_id), _TOTAL), actions)


def update_order(transaction: Transaction, old: Order, new: Order) -> None:
    """Put an order in the place of the one that was read; `PART` fails if that has changed.

    `new.revision` must be `old.revision + 1`.
    """
    transaction.save(PART, _to_item(new), _OrderItem.revision == old.revision)


def count_payment(transaction: Transaction, transaction_id: str, order_id: str) -> None:
    """Note a payment of WeChat Pay; `PAYMENT_PART` fails where it was counted before."""
    item = _PaymentItem(f"TXN#{transaction_id}", "TXN", order_id=order_id)
    transaction.create(PAYMENT_PART, item)


def _owner_key(owner_id: str) -> str:
    return f"ORDERS#{owner_id}"


def _key(order_id: str) -> str:
    return f"ORDER#{order_id}"


_SAME_NAMED = (
    "product", "grants", "created_at", "updated_at", "expires_at", "status", "openid", "prepay_id",
    "prepay_until", "transaction_id", "paid_at", "closed_at", "refund_status", "refund_reason",
    "refunded_at", "revoked", "next_check_at",
)  # fmt: skip
_NUMBERS = ("quantity", "amount_fen", "refunds", "checks", "revision")


def _to_item(order: Order) -> _OrderItem:
    values: dict[str, Any] = {name: getattr(order, name) for name in _SAME_NAMED + _NUMBERS}
    values["history"] = list(order.history)
    item = _OrderItem(_owner_key(order.owner_id), _key(order.id), **values)
    if order.next_check_at:
        item.gsi1pk, item.gsi1sk = OPEN, f"{order.next_check_at}#{order.id}"
    return item


def _to_order(item: _OrderItem) -> Order:
    values: dict[str, Any] = {name: getattr(item, name) for name in _SAME_NAMED}
    values |= {name: int(cast(float, getattr(item, name))) for name in _NUMBERS}
    return Order(
        id=item.sk.removeprefix("ORDER#"),
        owner_id=item.pk.removeprefix("ORDERS#"),
        history=tuple(item.history or ()),
        **values,
    )
