"""Routes of `/api/v1/admin/queues` (contract images.md, Queues)."""

from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from functions.queues import service
from functions.queues.schemas import message_body, status_body
from shared.auth.guards import Admin
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.paging import Page, Paging
from shared.http.route import RoleCraftRoute

router = APIRouter(prefix="/api/v1/admin/queues", route_class=RoleCraftRoute)

REDRIVEN = Text("死信正在重新投递", "The dead letters are being redriven")
PURGED = Text(
    "队列正在清空，最长需要一分钟", "The queue is being purged, which takes up to a minute"
)


@router.get("")
async def get_queues(_: Admin, paging: Paging) -> Response:
    return success(Page.cut(service.list_queues(), paging).map(status_body))


@router.get("/{name}/messages")
async def get_messages(
    _: Admin,
    name: str,
    paging: Paging,
    state: Literal["archived"] = "archived",  # noqa: ARG001 - others are a consumer's
) -> Response:
    return success(Page.cut(service.look_at_dead_letters(name), paging).map(message_body))


@router.post("/{name}/redrive")
async def post_redrive(
    _: Admin,
    name: str,
    operation: CurrentOperation,  # noqa: ARG001 - a repeat with the same key moves nothing
) -> Response:
    return success({"name": name, "redriven": service.redrive(name)}, REDRIVEN)


@router.delete("/{name}")
async def delete_messages(
    _: Admin, name: str, confirm: str | None = None, state: service.Which = "all"
) -> Response:
    return success({"name": name, "purged": service.purge(name, confirm, state)}, PURGED)
