"""Pictures out of words (contract images.md)."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.data.ledger_lines import Feature
from shared.data.tasks import Task
from shared.media.port import ImageJob, JobState
from shared.media.registry import DEFAULT_IMAGE_MODEL, image_provider
from shared.tasks.port import Collected, Price
from shared.tasks.types.pictures import (
    ModelId,
    Prompt,
    check_image_model,
    checked_size,
    collect_pictures,
    media_price,
    sides,
)

MOST_SEED = 2_147_483_647


class ImageInput(BaseModel):
    """What a picture is made of."""

    model_config = ConfigDict(extra="forbid")

    prompt: Prompt
    model: ModelId = DEFAULT_IMAGE_MODEL
    size: Annotated[str, AfterValidator(checked_size)] = "1024x1024"
    quality: Literal["standard", "hd"] = "standard"
    style: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    n: Annotated[int, Field(strict=True, ge=1, le=4)] = 1
    seed: Annotated[int, Field(strict=True, ge=0, le=MOST_SEED)] | None = None


class ImageTasks:
    """One to four pictures of a prompt."""

    name: ClassVar[str] = "image"
    feature: ClassVar[Feature] = "image"
    usual_seconds: ClassVar[float] = 30
    Input: ClassVar[type[BaseModel]] = ImageInput

    def validate(self, owner_id: str, given: BaseModel) -> dict[str, Any]:  # noqa: ARG002
        stored = given.model_dump(mode="json")
        check_image_model(stored["model"])
        return stored

    def price(self, stored: Mapping[str, Any]) -> Price:
        return media_price(stored["model"], stored["n"])

    async def submit(self, task: Task) -> str:
        asked = task.input
        width, height = sides(asked["size"])
        job = ImageJob(
            prompt=asked["prompt"],
            width=width,
            height=height,
            n=asked["n"],
            seed=asked["seed"],
            quality=asked["quality"],
            style=asked["style"],
        )
        return await image_provider(task.model).submit(job)

    async def poll(self, task: Task) -> JobState:
        return await image_provider(task.model).poll(task.provider_task_id or "")

    async def collect(self, task: Task, job: JobState) -> Collected:
        return await collect_pictures(task, job)
