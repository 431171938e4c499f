"""Pictures out of words (contract images.md)."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.data.credits import CreditKind
from shared.data.tasks import Task
from shared.media.port import ImageJob
from shared.media.registry import DEFAULT_IMAGE_MODEL
from shared.tasks.types.fields import ModelId, PictureCount, Prompt, Seed, Size, sides
from shared.tasks.types.pictures import PictureTasks


class ImageInput(BaseModel):
    """What a picture is made of."""

    model_config = ConfigDict(extra="forbid")

    prompt: Prompt
    model: ModelId = DEFAULT_IMAGE_MODEL
    size: Size = "1024x1024"
    quality: Literal["standard", "hd"] = "standard"
    style: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    n: PictureCount = 1
    seed: Seed | None = None


class ImageTasks(PictureTasks):
    """One to four pictures of a prompt."""

    name: ClassVar[str] = "image"
    credit: ClassVar[CreditKind | None] = None
    usual_seconds: ClassVar[float] = 30
    Input: ClassVar[type[BaseModel]] = ImageInput

    async def job(self, task: Task) -> ImageJob:
        asked = task.input
        width, height = sides(asked["size"])
        return ImageJob(
            prompt=asked["prompt"],
            width=width,
            height=height,
            n=asked["n"],
            seed=asked["seed"],
            quality=asked["quality"],
            style=asked["style"],
        )
