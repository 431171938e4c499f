"""Routes of `/api/v1/ai/image` (contract images.md)."""

from fastapi import APIRouter
from starlette.responses import Response

from functions.tasks import service
from functions.tasks.schemas import NewImageTask
from shared.auth.guards import ImagesCaller
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.route import RoleCraftRoute
from shared.tasks.creation import create_task
from shared.tasks.types.image import ImageInput, ImageTasks
from shared.tasks.views import accepted_body, result_body

router = APIRouter(prefix="/api/v1/ai/image", route_class=RoleCraftRoute)

ACCEPTED = Text("任务已创建，正在处理中", "Task created, processing")


@router.post("/task")
async def post_image_task(
    caller: ImagesCaller, operation: CurrentOperation, body: NewImageTask
) -> Response:
    owner_id = service.owner_of_new(caller, body.user_id)
    given = ImageInput.model_construct(**body.model_dump(include=set(ImageInput.model_fields)))
    task = create_task(operation.id, owner_id, ImageTasks.name, given, body.webhook_url)
    return success(accepted_body(task), ACCEPTED, status=201)


@router.get("/result/{task_id}")
async def get_image_result(caller: ImagesCaller, task_id: str) -> Response:
    return success(result_body(service.read_task(caller, task_id, ImageTasks.name)))
