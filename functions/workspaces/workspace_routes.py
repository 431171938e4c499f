"""Routes of `/api/v1/workspaces` and its alias `/api/v1/works` (contract workspaces.md).

One invocation serves one request, so the store is asked directly: a thread would only add to it.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from functions.workspaces import runs, workspaces
from functions.workspaces.schemas import NewWorkspace, Preview, WorkspaceChange
from functions.workspaces.workspaces import WorkspaceFilter
from shared.auth.guards import WorkspacesCaller
from shared.core import clock
from shared.core.text import Text
from shared.data.workspaces import AsyncStatus, Status
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.paging import Paging
from shared.http.route import RoleCraftRoute
from shared.workspaces.triggers import TriggerType
from shared.workspaces.views import run_view, workspace_view

CREATED = Text("工作空间创建成功", "Workspace created")
UPDATED = Text("工作空间更新成功", "Workspace updated")
DELETED = Text("工作空间删除成功", "Workspace deleted")
QUEUED = Text("已加入运行队列", "Queued")
CANCELLED = Text("运行已取消", "Run cancelled")


def workspace_router(prefix: str) -> APIRouter:
    """The routes under a prefix: the alias is the same code, not a redirect."""
    router = APIRouter(prefix=prefix, route_class=RoleCraftRoute)
    router.get("")(get_workspaces)
    router.post("")(post_workspace)
    router.post("/preview")(post_preview)
    router.get("/{workspace_id}")(get_workspace)
    router.put("/{workspace_id}")(put_workspace)
    router.delete("/{workspace_id}")(delete_workspace)
    router.post("/{workspace_id}/run")(post_run)
    router.get("/{workspace_id}/runs")(get_runs)
    router.get("/{workspace_id}/runs/{run_id}")(get_run)
    router.post("/{workspace_id}/runs/{run_id}/cancel")(post_cancel)
    return router


async def _workspace_filter(
    company_id: Annotated[str, Query(alias="companyId", max_length=100)] = "",
    status: Status | None = None,
    trigger_type: Annotated[TriggerType | None, Query(alias="triggerType")] = None,
    async_status: Annotated[AsyncStatus | None, Query(alias="asyncStatus")] = None,
) -> WorkspaceFilter:
    return WorkspaceFilter(company_id or None, status, trigger_type, async_status)


async def get_workspaces(
    caller: WorkspacesCaller,
    paging: Paging,
    wanted: Annotated[WorkspaceFilter, Depends(_workspace_filter)],
) -> Response:
    now = clock.now()
    page = workspaces.list_workspaces(caller.user_id, wanted, paging)
    return success(page.map(lambda workspace: workspace_view(workspace, now)))


async def post_workspace(
    caller: WorkspacesCaller, operation: CurrentOperation, body: NewWorkspace
) -> Response:
    made = workspaces.create_workspace(caller.user_id, f"ws_{operation.id}", body)
    return success(workspace_view(made, clock.now()), CREATED, status=201)


async def post_preview(_: WorkspacesCaller, body: Preview) -> Response:
    return success({"items": workspaces.preview(body)})


async def get_workspace(caller: WorkspacesCaller, workspace_id: str) -> Response:
    workspace = workspaces.read_workspace(caller.user_id, workspace_id)
    return success(workspace_view(workspace, clock.now()))


async def put_workspace(
    caller: WorkspacesCaller, workspace_id: str, body: WorkspaceChange
) -> Response:
    changed = workspaces.change_workspace(caller.user_id, workspace_id, body)
    return success(workspace_view(changed, clock.now()), UPDATED)


async def delete_workspace(caller: WorkspacesCaller, workspace_id: str) -> Response:
    workspaces.remove(caller.user_id, workspace_id)
    return success(message=DELETED)


async def post_run(
    caller: WorkspacesCaller, operation: CurrentOperation, workspace_id: str
) -> Response:
    run = runs.request(caller.user_id, workspace_id, f"run_{operation.id}")
    return success({"runId": run.id, "asyncStatus": "queued"}, QUEUED, status=202)


async def get_runs(caller: WorkspacesCaller, workspace_id: str, paging: Paging) -> Response:
    return success(runs.list_runs(caller.user_id, workspace_id, paging).map(run_view))


async def get_run(caller: WorkspacesCaller, workspace_id: str, run_id: str) -> Response:
    return success(run_view(runs.read_run(caller.user_id, workspace_id, run_id)))


async def post_cancel(caller: WorkspacesCaller, workspace_id: str, run_id: str) -> Response:
    return success(run_view(runs.cancel_run(caller.user_id, workspace_id, run_id)), CANCELLED)
