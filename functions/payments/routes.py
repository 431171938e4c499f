"""Routes of `/api/v1/orders` and `/api/v1/payments/credits` (contract photos-payments.md).

One invocation serves one request, so the store is asked directly: a thread would only add to it.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from functions.payments import service
from functions.payments.schemas import (
    KnownPayer,
    NewOrder,
    NewRefund,
    Payer,
    StatusFilter,
    order_body,
)
from shared.auth.guards import Admin, SignedIn
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.paging import Paging
from shared.http.route import RoleCraftRoute

router = APIRouter(prefix="/api/v1", route_class=RoleCraftRoute)

CREATED = Text("订单已创建", "Order created")
CANCELLED = Text("订单已取消", "Order cancelled")
REFUNDING = Text("退款已受理", "The refund is under way")


async def _status(status: StatusFilter | None = None) -> StatusFilter | None:
    return status


@router.post("/orders")
async def post_order(caller: SignedIn, operation: CurrentOperation, body: NewOrder) -> Response:
    order = service.create_order(f"order_{operation.id}", caller, body.product, body.quantity)
    return success(order_body(order), CREATED, status=201)


@router.get("/orders")
async def get_orders(
    caller: SignedIn, paging: Paging, status: Annotated[StatusFilter | None, Depends(_status)]
) -> Response:
    return success(service.list_orders(caller, status, paging).map(order_body))


@router.get("/orders/{order_id}")
async def get_order(caller: SignedIn, order_id: str) -> Response:
    return success(order_body(service.read_order(caller, order_id)))


@router.post("/orders/{order_id}/cancel")
async def post_cancel(
    caller: SignedIn,
    operation: CurrentOperation,  # noqa: ARG001 - a repeat with the same key gives the answer again
    order_id: str,
) -> Response:
    return success(order_body(await service.cancel(caller, order_id)), CANCELLED)


@router.post("/orders/{order_id}/pay")
async def post_pay(
    caller: SignedIn,
    operation: CurrentOperation,  # noqa: ARG001 - as above
    order_id: str,
    body: Payer,
) -> Response:
    order, params = await service.pay(caller, order_id, body.openid)
    return success({**order_body(order), "pay_params": params})


@router.post("/orders/{order_id}/pay/retry")
async def post_pay_retry(
    caller: SignedIn,
    operation: CurrentOperation,  # noqa: ARG001 - as above
    order_id: str,
    body: KnownPayer | None = None,
) -> Response:
    order, params = await service.pay(caller, order_id, body.openid if body else None)
    return success({**order_body(order), "pay_params": params})


@router.post("/orders/{order_id}/refund")
async def post_refund(
    caller: Admin,
    operation: CurrentOperation,  # noqa: ARG001 - as above
    order_id: str,
    body: NewRefund | None = None,
) -> Response:
    order = await service.refund(caller, order_id, body.reason if body else "")
    return success(order_body(order), REFUNDING)


@router.get("/payments/credits")
async def get_credits(caller: SignedIn) -> Response:
    return success(service.read_credits(caller))
