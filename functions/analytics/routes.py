"""Routes of `/api/v1/analytics` (contract analytics.md).

One invocation serves one request, so the store is asked directly: a thread would only add to it.
"""

from typing import Literal
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from functions.analytics.conversations import read_conversations
from functions.analytics.export import export_lines
from functions.analytics.periods import Days, Granularity
from functions.analytics.schemas import NewBudget, budget_body, conversations_body, usage_body
from functions.analytics.usage import read_usage
from shared.auth.guards import AnalyticsCaller
from shared.aws.storage import LINK_SECONDS
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.route import RoleCraftRoute
from shared.ledger import ledger

router = APIRouter(prefix="/api/v1/analytics", route_class=RoleCraftRoute)

BUDGET_SET = Text("预算已设置", "Budget set")
BUDGET_REMOVED = Text("预算已取消", "Budget removed")
FILE_READY = Text("文件已生成，请通过链接下载", "The file is ready at the link")


@router.get("/usage")
async def get_usage(
    caller: AnalyticsCaller, days: Days, granularity: Granularity = "day"
) -> Response:
    usage = read_usage(caller.user_id, days, granularity)
    return success(usage_body(usage, days, granularity))


@router.get("/usage/export")
async def get_export(
    caller: AnalyticsCaller,
    days: Days,
    format: Literal["csv"] = "csv",  # noqa: ARG001 - the contract's name; there is one
) -> Response:
    file = export_lines(caller.user_id, days)
    if file.link:
        body = {"url": file.link, "expires_in": LINK_SECONDS, "file_name": file.name}
        return success(body, FILE_READY, status=303, headers={"Location": file.link})
    disposition = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return Response(
        file.content,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )


@router.get("/conversations")
async def get_conversations(caller: AnalyticsCaller, days: Days) -> Response:
    return success(conversations_body(read_conversations(caller.user_id, days), days))


@router.get("/budget")
async def get_budget(caller: AnalyticsCaller) -> Response:
    return success(budget_body(*ledger.read_budget(caller.user_id)))


@router.put("/budget")
async def put_budget(caller: AnalyticsCaller, body: NewBudget) -> Response:
    ledger.set_budget(caller.user_id, body.limit_micro, body.action)
    done = BUDGET_REMOVED if body.limit_micro is None else BUDGET_SET
    return success(budget_body(*ledger.read_budget(caller.user_id)), done)
