"""Routes of `/api/v1/ai/tasks` and `/api/v1/tasks`: one door for every type of task.

One invocation serves one request, so the store is asked directly: a thread would only add to it.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from functions.tasks import service
from functions.tasks.image_routes import ACCEPTED
from functions.tasks.schemas import NewTask, StatusFilter, TypeName
from functions.tasks.service import TaskFilter
from shared.auth.guards import ImagesCaller
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.paging import Paging
from shared.http.route import RoleCraftRoute
from shared.tasks.creation import create_task
from shared.tasks.views import accepted_body, task_body

router = APIRouter(prefix="/api/v1", route_class=RoleCraftRoute)

CANCELLED = Text("任务已取消", "Task cancelled")
RESENT = Text("已重新发送", "It is sent again")
RETRIED = Text("任务已重新提交", "Task submitted again")


async def _task_filter(
    status: StatusFilter | None = None, type: TypeName | None = None
) -> TaskFilter:
    return TaskFilter(status, type)


@router.post("/ai/tasks")
async def post_task(caller: ImagesCaller, operation: CurrentOperation, body: NewTask) -> Response:
    service.require_scope(caller, body.type)
    owner_id = service.owner_of_new(caller, body.user_id)
    given = service.read_input(body.type, body.input)
    task = create_task(operation.id, owner_id, body.type, given, body.webhook_url)
    return success(accepted_body(task), ACCEPTED, status=201)


@router.get("/tasks/user/{user_id}")
async def get_tasks(
    caller: ImagesCaller,
    user_id: str,
    paging: Paging,
    wanted: Annotated[TaskFilter, Depends(_task_filter)],
) -> Response:
    return success(service.list_tasks(caller, user_id, wanted, paging).map(task_body))


@router.get("/tasks/{task_id}")
async def get_task(caller: ImagesCaller, task_id: str) -> Response:
    return success(task_body(service.read_task(caller, task_id)))


@router.post("/tasks/{task_id}/cancel")
async def post_cancel(caller: ImagesCaller, task_id: str) -> Response:
    return success(task_body(service.cancel(caller, task_id)), CANCELLED)


@router.post("/tasks/{task_id}/retry")
async def post_retry(caller: ImagesCaller, operation: CurrentOperation, task_id: str) -> Response:
    return success(task_body(service.retry(caller, task_id, operation.id)), RETRIED)


@router.post("/tasks/{task_id}/webhook/resend")
async def post_resend(
    caller: ImagesCaller,
    operation: CurrentOperation,  # noqa: ARG001 - a repeat with the same key sends nothing
    task_id: str,
) -> Response:
    return success(task_body(service.resend(caller, task_id)), RESENT)
