"""Pictures out of words (contract images.md)."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.data.credits import CreditKind
from shared.data.ledger_lines import Feature
from shared.data.tasks import Task
from shared.media.port import ImageJob, ImageProvider, JobState
from shared.media.registry import DEFAULT_IMAGE_MODEL, image_provider
from shared.tasks.port import Collected, Price
from shared.tasks.types.fields import ModelId, PictureCount, Prompt, Seed, Size, sides
from shared.tasks.types.media import MediaTasks
from shared.tasks.types.pictures import collect_pictures, media_price


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


class ImageTasks(MediaTasks[ImageJob]):
    """One to four pictures of a prompt."""

    name: ClassVar[str] = "image"
    feature: ClassVar[Feature] = "image"
    credit: ClassVar[CreditKind | None] = None
    usual_seconds: ClassVar[float] = 30
    Input: ClassVar[type[BaseModel]] = ImageInput

    def provider(self, model_id: str) -> ImageProvider:
        return image_provider(model_id)

    def price(self, stored: Mapping[str, Any]) -> Price:
        return media_price(stored["model"], stored["n"])

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

    async def collect(self, task: Task, job: JobState) -> Collected:
        return await collect_pictures(task, job)
