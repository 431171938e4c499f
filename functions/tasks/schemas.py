"""What the tasks API takes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.data.tasks import Status
from shared.tasks.types.image import ImageInput

TypeName = Literal["image"]
StatusFilter = Status
UserId = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class NewImageTask(ImageInput):
    """Body of POST /api/v1/ai/image/task."""

    user_id: UserId | None = None


class NewTask(BaseModel):
    """Body of POST /api/v1/ai/tasks; `input` is read by the type."""

    model_config = ConfigDict(extra="forbid")

    type: TypeName
    input: dict[str, Any]
    user_id: UserId | None = None
