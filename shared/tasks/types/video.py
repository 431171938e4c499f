"""Videos that start from a picture (contract photos-payments.md)."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from shared.aws.storage import ObjectMissing
from shared.core.errors import InvalidRequest, demand_either
from shared.core.text import Text
from shared.core.threads import in_thread
from shared.data.credits import CreditKind
from shared.data.ledger_lines import Feature
from shared.data.tasks import Task, find_task
from shared.media.port import JobState, Ratio, VideoJob, VideoProvider
from shared.media.registry import video_provider
from shared.tasks.inputs import bring_pictures, keep_picture, kept_pictures, picture_links
from shared.tasks.port import CannotPrepare, Collected, Price
from shared.tasks.results import copy_results
from shared.tasks.settings import files
from shared.tasks.types.fields import ModelId, Prompt, PublicLink, Seed
from shared.tasks.types.media import MediaTasks
from shared.tasks.types.pictures import media_price

DEFAULT_VIDEO_MODEL = "doubao-seedance-1.0-pro"
_PICTURES = ("image", "photo")


class VideoInput(BaseModel):
    """What a video is made of: a picture by link, or the first one of a completed task."""

    model_config = ConfigDict(extra="forbid")

    image_url: PublicLink | None = None
    photo_task_id: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    prompt: Prompt
    duration: Literal[5, 10] = 5
    ratio: Ratio = "16:9"
    model: ModelId = DEFAULT_VIDEO_MODEL
    seed: Seed | None = None

    @model_validator(mode="after")
    def _has_one_picture(self) -> Self:
        demand_either(image_url=self.image_url, photo_task_id=self.photo_task_id)
        return self


class VideoTasks(MediaTasks[VideoJob]):
    """One video of five or ten seconds."""

    name: ClassVar[str] = "video"
    feature: ClassVar[Feature] = "video"
    credit: ClassVar[CreditKind | None] = "video"
    usual_seconds: ClassVar[float] = 120
    Input: ClassVar[type[BaseModel]] = VideoInput

    def provider(self, model_id: str) -> VideoProvider:
        return video_provider(model_id)

    def validate(self, owner_id: str, given: BaseModel) -> dict[str, Any]:
        stored = super().validate(owner_id, given)
        if stored["photo_task_id"] and _picture_key(owner_id, stored["photo_task_id"]) is None:
            raise InvalidRequest.of_field(
                "photo_task_id",
                Text("不是已完成的图片任务", "is not a completed task of yours with a picture"),
            )
        return stored

    def price(self, stored: Mapping[str, Any]) -> Price:
        return media_price(stored["model"], stored["duration"])

    async def prepare(self, task: Task) -> None:
        """The picture is kept with the video: it is its cover, and its own task may go first."""
        if task.input["image_url"]:
            await bring_pictures(task, _links(task))
        else:
            await in_thread(_copy_picture, task)

    async def job(self, task: Task) -> VideoJob:
        asked = task.input
        (link,) = await picture_links(task, _links(task))
        return VideoJob(
            image_url=link,
            prompt=asked["prompt"],
            duration=asked["duration"],
            ratio=asked["ratio"],
            seed=asked["seed"],
        )

    async def collect(self, task: Task, job: JobState) -> Collected:
        (video,) = await copy_results(task, job.urls[:1])
        result = {
            "video_url": {"file": video.key},
            "cover_url": await in_thread(_cover, task),
            "duration": task.input["duration"],
        }
        return Collected(result, task.price_micro)


def _links(task: Task) -> tuple[str]:
    return (task.input["image_url"] or "",)


def _picture_key(owner_id: str, task_id: str) -> str | None:
    """Where the first picture of the owner's completed task is."""
    task = find_task(owner_id, task_id)
    if task is None or task.type not in _PICTURES or task.result is None:
        return None
    key: str = task.result["image_url"]["file"]
    return key


def _copy_picture(task: Task) -> None:
    if kept_pictures(task):
        return
    source = _picture_key(task.owner_id, task.input["photo_task_id"])
    if source is None:
        raise CannotPrepare("picture_gone")
    try:
        content = files().get(source)
    except ObjectMissing as error:
        raise CannotPrepare("picture_gone") from error
    suffix = source.rpartition(".")[2]
    keep_picture(task, 0, content, suffix, "image/jpeg" if suffix == "jpg" else f"image/{suffix}")


def _cover(task: Task) -> Any:
    """The picture the video begins with: our copy, or the link that only the provider reached."""
    kept = kept_pictures(task)
    return {"file": kept[0]} if kept else task.input["image_url"]
