"""What the tasks API takes."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from shared.core.text import Text
from shared.data.tasks import Status
from shared.net.addresses import UnsafeAddress, check_form
from shared.tasks.types.image import ImageInput
from shared.tasks.types.video import VideoInput


def _checked_webhook(url: str) -> str:
    """On sight only: where a name points to is looked up when it is sent to."""
    try:
        check_form(url)
    except UnsafeAddress as error:
        raise ValueError(
            Text("应为公网 https 地址", "must be an https address of the public internet")
        ) from error
    return url


TypeName = Literal["image", "video"]
StatusFilter = Status
UserId = Annotated[str, StringConstraints(min_length=1, max_length=100)]


WebhookUrl = Annotated[str, StringConstraints(max_length=2048), AfterValidator(_checked_webhook)]


class NewImageTask(ImageInput):
    """Body of POST /api/v1/ai/image/task."""

    user_id: UserId | None = None
    webhook_url: WebhookUrl | None = None


class NewVideo(VideoInput):
    """Body of POST /api/v1/videos."""

    user_id: UserId | None = None
    webhook_url: WebhookUrl | None = None


class NewTask(BaseModel):
    """Body of POST /api/v1/ai/tasks; `input` is read by the type."""

    model_config = ConfigDict(extra="forbid")

    type: TypeName
    input: dict[str, Any]
    user_id: UserId | None = None
    webhook_url: WebhookUrl | None = None
