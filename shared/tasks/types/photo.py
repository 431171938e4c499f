"""Photos: pictures made of one to six others (contract photos-payments.md)."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from shared.ai.registry import registry
from shared.core.errors import InvalidRequest, WrongField
from shared.core.text import Text
from shared.data.credits import CreditKind
from shared.data.tasks import Task
from shared.media.plain import UnusablePicture
from shared.media.port import ImageJob
from shared.media.registry import DEFAULT_PHOTO_MODEL
from shared.tasks.inputs import bring_pictures, picture_links
from shared.tasks.photo_templates import find_photo_template
from shared.tasks.types.fields import (
    ModelId,
    PictureCount,
    Prompt,
    Seed,
    Size,
    checked_link,
    sides,
)
from shared.tasks.types.pictures import PictureTasks
from shared.tasks.uploads import REFUSALS, check_upload, is_upload

MOST_PICTURES = 6
_SIZE = "1024x1024"


def _checked_source(source: str) -> str:
    return source if is_upload(source) else checked_link(source)


def _checked_template(template_id: str) -> str:
    if find_photo_template(template_id) is None:
        raise ValueError(Text("模板不存在", "is not the id of a template"))
    return template_id


Source = Annotated[str, StringConstraints(max_length=2048), AfterValidator(_checked_source)]
TemplateId = Annotated[str, StringConstraints(max_length=100), AfterValidator(_checked_template)]


class PhotoInput(BaseModel):
    """What a photo is made of: links or ids of uploads, and a template, words, or both."""

    model_config = ConfigDict(extra="forbid")

    images: Annotated[list[Source], Field(min_length=1, max_length=MOST_PICTURES)]
    template_id: TemplateId | None = None
    prompt: Prompt | None = None
    size: Size | None = None
    model: ModelId = DEFAULT_PHOTO_MODEL
    n: PictureCount = 1
    seed: Seed | None = None

    @model_validator(mode="after")
    def _is_told_what_to_make(self) -> Self:
        if self.template_id is None and self.prompt is None:
            raise WrongField(
                "prompt", Text("与 template_id 至少填一个", "or template_id is required")
            )
        return self


class PhotoTasks(PictureTasks):
    """One to four pictures of the given ones."""

    name: ClassVar[str] = "photo"
    credit: ClassVar[CreditKind | None] = "photo"
    usual_seconds: ClassVar[float] = 40
    Input: ClassVar[type[BaseModel]] = PhotoInput

    def validate(self, owner_id: str, given: BaseModel) -> dict[str, Any]:
        stored = super().validate(owner_id, given)
        _check_pictures(owner_id, stored["model"], stored["images"])
        template = find_photo_template(stored["template_id"] or "")
        # Stored, since a template may be another one by the time of a retry.
        stored["style"] = template.prompt if template else ""
        stored["size"] = stored["size"] or (template.sizes[0] if template else _SIZE)
        return stored

    async def prepare(self, task: Task) -> None:
        await bring_pictures(task, task.input["images"])

    async def job(self, task: Task) -> ImageJob:
        asked = task.input
        width, height = sides(asked["size"])
        return ImageJob(
            prompt="。".join(filter(None, (asked["style"], asked["prompt"]))),
            width=width,
            height=height,
            n=asked["n"],
            seed=asked["seed"],
            images=await picture_links(task, asked["images"]),
        )


def _check_pictures(owner_id: str, model_id: str, sources: Sequence[str]) -> None:
    """Refuse what the model cannot start from, and uploads that are of no use."""
    _, model = registry().find(model_id)
    most = model.media.inputs if model.media else 0
    if not most:
        refused = Text("模型不能以图片为输入", "makes nothing of pictures")
        raise InvalidRequest.of_field("model", refused)
    if len(sources) > most:
        refused = Text(f"该模型最多 {most} 张图片", f"may be {most} at most with this model")
        raise InvalidRequest.of_field("images", refused)
    for number, source in enumerate(sources):
        if is_upload(source):
            _check_upload(owner_id, source, number)


def _check_upload(owner_id: str, upload_id: str, number: int) -> None:
    try:
        check_upload(owner_id, upload_id)
    except UnusablePicture as error:
        raise InvalidRequest.of_field(f"images.{number}", REFUSALS[error.reason]) from error
