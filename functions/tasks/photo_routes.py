"""Routes of `/api/v1/photos` and `/api/v1/photo-templates` (contract photos-payments.md)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from functions.tasks import service
from functions.tasks.image_routes import ACCEPTED
from functions.tasks.photo_body import PhotoBody, read_photo_body
from functions.tasks.schemas import NewPhotoUpload
from shared.auth.guards import ImagesCaller
from shared.core import context
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.paging import Page, Paging
from shared.http.route import RoleCraftRoute
from shared.tasks.creation import create_task
from shared.tasks.photo_templates import PhotoTemplate, all_photo_templates
from shared.tasks.types.photo import PhotoInput, PhotoTasks
from shared.tasks.views import accepted_body, result_body

router = APIRouter(prefix="/api/v1", route_class=RoleCraftRoute)

READY = Text("请上传图片", "Ready for the upload")


@router.post("/photos")
async def post_photo(
    caller: ImagesCaller,
    operation: CurrentOperation,
    body: Annotated[PhotoBody, Depends(read_photo_body)],
) -> Response:
    asked = body.asked
    owner_id = service.owner_of_new(caller, asked.user_id)
    service.store_pictures(owner_id, asked.images, body.files)
    given = PhotoInput.model_construct(**asked.model_dump(include=set(PhotoInput.model_fields)))
    task = create_task(operation.id, owner_id, PhotoTasks.name, given, asked.webhook_url)
    return success(accepted_body(task), ACCEPTED, status=201)


@router.post("/photos/uploads")
async def post_photo_upload(
    caller: ImagesCaller, operation: CurrentOperation, body: NewPhotoUpload
) -> Response:
    upload_id = f"img_{operation.id}"
    form = service.prepare_picture(caller.user_id, upload_id, body.file_type, body.file_size)
    upload = {"url": form.url, "fields": form.fields, "expires_in": form.expires_in}
    return success({"id": upload_id, **upload, "upload": upload}, READY, status=201)


@router.get("/photos/{task_id}")
async def get_photo(caller: ImagesCaller, task_id: str) -> Response:
    return success(result_body(service.read_task(caller, task_id, PhotoTasks.name)))


@router.get("/photo-templates")
async def get_photo_templates(_: ImagesCaller, paging: Paging) -> Response:
    return success(Page.cut(all_photo_templates(), paging).map(_template_body))


def _template_body(template: PhotoTemplate) -> dict[str, Any]:
    language = context.current().language
    return {
        "id": template.id,
        "category": template.category,
        "name": template.name.of(language),
        "names": template.name._asdict(),
        "description": template.description.of(language),
        "prompt": template.prompt,
        "size": template.sizes[0],
        "sizes": template.sizes,
    }
