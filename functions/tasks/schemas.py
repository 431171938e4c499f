"""What the tasks API takes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.data.tasks import Status
from shared.tasks.types.fields import PublicLink
from shared.tasks.types.image import ImageInput
from shared.tasks.types.photo import PhotoInput
from shared.tasks.types.video import VideoInput
from shared.tasks.uploads import LARGEST_PICTURE

TypeName = Literal["image", "photo", "video"]
StatusFilter = Status
UserId = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class NewImageTask(ImageInput):
    """Body of POST /api/v1/ai/image/task."""

    user_id: UserId | None = None
    webhook_url: PublicLink | None = None


class NewPhoto(PhotoInput):
    """Body of POST /api/v1/photos."""

    user_id: UserId | None = None
    webhook_url: PublicLink | None = None


class NewPhotoUpload(BaseModel):
    """Body of POST /api/v1/photos/uploads."""

    model_config = ConfigDict(extra="forbid")

    file_type: Literal["jpeg", "png", "webp"]
    file_size: Annotated[int, Field(strict=True, ge=1, le=LARGEST_PICTURE)]


class NewVideo(VideoInput):
    """Body of POST /api/v1/videos."""

    user_id: UserId | None = None
    webhook_url: PublicLink | None = None


class NewTask(BaseModel):
    """Body of POST /api/v1/ai/tasks; `input` is read by the type."""

    model_config = ConfigDict(extra="forbid")

    type: TypeName
    input: dict[str, Any]
    user_id: UserId | None = None
    webhook_url: PublicLink | None = None
