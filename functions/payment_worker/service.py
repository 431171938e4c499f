"""Orders of which WeChat Pay may know more than we do."""

import asyncio
from datetime import datetime

from shared.core.errors import AppError
from shared.core.observability import emit_metric, get_logger
from shared.core.threads import off_loop
from shared.data.orders import Order, find_due_orders
from shared.payments.errors import PaymentsNotSetUp
from shared.payments.orders import PaymentElsewhere, check_later, is_overdue, mark_closed
from shared.payments.reconcile import Mismatch, check
from shared.payments.wechat.client import WeChatPay
from shared.payments.wechat.service import wechat_pay

AT_ONCE = 10
MOST = 500


async def check_due_orders(now: datetime) -> dict[str, int]:
    """Ask about every order that is due: `{"checked", "failed"}`.

    One that fails is tried again after its usual wait and keeps nobody else waiting.
    """
    due = await off_loop(find_due_orders, now, MOST)
    if not due:
        return {"checked": 0, "failed": 0}
    try:
        client = await wechat_pay()
    except PaymentsNotSetUp:  # nothing can have been paid: orders just run out
        return {"checked": sum([_expire(order, now) for order in due]), "failed": 0}
    gate = asyncio.Semaphore(AT_ONCE)
    done = await asyncio.gather(*(_check(client, order, gate) for order in due))
    return {"checked": len(done), "failed": done.count(False)}


async def _check(client: WeChatPay, order: Order, gate: asyncio.Semaphore) -> bool:
    async with gate:
        try:
            await check(client, order)
        except (AppError, Mismatch, PaymentElsewhere) as error:
            extra = {"order_id": order.id, "error": str(error)}
            get_logger().warning("order not checked", extra=extra)
            emit_metric("OrderNotChecked")
            await off_loop(check_later, order)
            return False
    return True


def _expire(order: Order, now: datetime) -> bool:
    if order.status == "created" and is_overdue(order, now):
        return mark_closed(order, "unpaid") is not None
    return False
