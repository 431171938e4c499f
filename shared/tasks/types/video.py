"""Videos that start from a picture (contract photos-payments.md)."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from shared.ai.errors import ModelNotAvailable
from shared.core.errors import InvalidRequest
from shared.core.text import Text
from shared.core.threads import in_thread
from shared.data.ledger_lines import Feature
from shared.data.tasks import Task, find_task
from shared.media.port import JobState, Ratio, VideoJob
from shared.media.registry import video_provider
from shared.net.addresses import UnsafeAddress, check_form
from shared.tasks.port import Collected, Price
from shared.tasks.results import copy_results, result_prefix
from shared.tasks.settings import files
from shared.tasks.types.image import MOST_SEED
from shared.tasks.types.pictures import ModelId, Prompt, media_price, unknown_model

DEFAULT_VIDEO_MODEL = "doubao-seedance-1.0-pro"
_PICTURES = ("image", "photo")


def _checked_link(url: str) -> str:
    """The provider reads it, not we; what it surely cannot reach is refused at once."""
    try:
        check_form(url)
    except UnsafeAddress as error:
        raise ValueError(
            Text("应为公网 https 地址", "must be an https address of the public internet")
        ) from error
    return url


class VideoInput(BaseModel):
    """What a video is made of: a picture by link, or the first one of a completed task."""

    model_config = ConfigDict(extra="forbid")

    image_url: (
        Annotated[str, StringConstraints(max_length=2048), AfterValidator(_checked_link)] | None
    ) = None
    photo_task_id: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    prompt: Prompt
    duration: Literal[5, 10] = 5
    ratio: Ratio = "16:9"
    model: ModelId = DEFAULT_VIDEO_MODEL
    seed: Annotated[int, Field(strict=True, ge=0, le=MOST_SEED)] | None = None

    @model_validator(mode="after")
    def _has_one_picture(self) -> Self:
        if (self.image_url is None) == (self.photo_task_id is None):
            raise ValueError(
                Text(
                    "image_url 与 photo_task_id 须且只能填一个",
                    "needs either image_url or photo_task_id",
                )
            )
        return self


class VideoTasks:
    """One video of five or ten seconds."""

    name: ClassVar[str] = "video"
    feature: ClassVar[Feature] = "video"
    usual_seconds: ClassVar[float] = 120
    Input: ClassVar[type[BaseModel]] = VideoInput

    def validate(self, owner_id: str, given: BaseModel) -> dict[str, Any]:
        stored = given.model_dump(mode="json")
        try:
            video_provider(stored["model"])
        except ModelNotAvailable as error:
            raise unknown_model() from error
        if stored["photo_task_id"]:
            _picture_key(owner_id, stored["photo_task_id"])
        return stored

    def price(self, stored: Mapping[str, Any]) -> Price:
        return media_price(stored["model"], stored["duration"])

    async def submit(self, task: Task) -> str:
        asked = task.input
        link = asked["image_url"]
        if link is None:
            key = await in_thread(_picture_key, task.owner_id, asked["photo_task_id"])
            link = files().view_link(key)
        job = VideoJob(
            image_url=link,
            prompt=asked["prompt"],
            duration=asked["duration"],
            ratio=asked["ratio"],
            seed=asked["seed"],
        )
        return await video_provider(task.model).submit(job)

    async def poll(self, task: Task) -> JobState:
        return await video_provider(task.model).poll(task.provider_task_id or "")

    async def collect(self, task: Task, job: JobState) -> Collected:
        (video,) = await copy_results(task, job.urls[:1])
        result = {
            "video_url": {"file": video.key},
            "cover_url": await in_thread(_cover, task),
            "duration": task.input["duration"],
        }
        return Collected(result, task.price_micro)


def _picture_key(owner_id: str, task_id: str) -> str:
    """Where the first picture of the owner's completed task is."""
    task = find_task(owner_id, task_id)
    if task is None or task.type not in _PICTURES or task.result is None:
        raise InvalidRequest.of_field(
            "photo_task_id",
            Text("不是已完成的图片任务", "is not a completed task of yours with a picture"),
        )
    key: str = task.result["image_url"]["file"]
    return key


def _cover(task: Task) -> Any:
    """The picture the video begins with: the caller's own link, or a copy of ours.

    The task it came from is removed before this one. A caller's link is never read by us.
    """
    if task.input["image_url"]:
        return task.input["image_url"]
    source = _picture_key(task.owner_id, task.input["photo_task_id"])
    suffix = source.rpartition(".")[2]
    key = f"{result_prefix(task.owner_id, task.id)}{task.attempt}/cover.{suffix}"
    content_type = "image/jpeg" if suffix == "jpg" else f"image/{suffix}"
    files().put(key, files().get(source), content_type)
    return {"file": key}
