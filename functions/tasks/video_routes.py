"""Routes of `/api/v1/videos` (contract photos-payments.md)."""

from fastapi import APIRouter
from starlette.responses import Response

from functions.tasks import service
from functions.tasks.image_routes import ACCEPTED
from functions.tasks.schemas import NewVideo
from shared.auth.guards import ImagesCaller
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.route import RoleCraftRoute
from shared.tasks.creation import create_task
from shared.tasks.types.video import VideoInput, VideoTasks
from shared.tasks.views import accepted_body, result_body

router = APIRouter(prefix="/api/v1/videos", route_class=RoleCraftRoute)


@router.post("")
async def post_video(caller: ImagesCaller, operation: CurrentOperation, body: NewVideo) -> Response:
    owner_id = service.owner_of_new(caller, body.user_id)
    given = VideoInput.model_construct(**body.model_dump(include=set(VideoInput.model_fields)))
    task = create_task(operation.id, owner_id, VideoTasks.name, given, body.webhook_url)
    return success(accepted_body(task), ACCEPTED, status=201)


@router.get("/{task_id}")
async def get_video(caller: ImagesCaller, task_id: str) -> Response:
    return success(result_body(service.read_task(caller, task_id, VideoTasks.name)))
