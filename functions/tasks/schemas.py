"""What the tasks API takes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.data.tasks import Status
from shared.tasks.types.analysis import AnalysisInput
from shared.tasks.types.fields import PublicLink
from shared.tasks.types.image import ImageInput
from shared.tasks.types.jobs import JobInput
from shared.tasks.types.photo import PhotoInput
from shared.tasks.types.questions import QuestionsInput
from shared.tasks.types.syllabus import SyllabusInput
from shared.tasks.types.video import VideoInput
from shared.tasks.uploads import LARGEST_PICTURE

TypeName = Literal["image", "photo", "video", "analysis", "syllabus", "questions"]
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


class NewJob(JobInput):
    """What the bodies of /api/v1/learning have beside their type's input."""

    user_id: UserId | None = None
    webhook_url: PublicLink | None = None


class NewAnalysis(AnalysisInput, NewJob):
    """Body of POST /api/v1/learning/analyses."""


class NewSyllabus(SyllabusInput, NewJob):
    """Body of POST /api/v1/learning/syllabi."""


class NewQuestionBatch(QuestionsInput, NewJob):
    """Body of POST /api/v1/learning/question-batches."""


class NewTask(BaseModel):
    """Body of POST /api/v1/ai/tasks; `input` is read by the type."""

    model_config = ConfigDict(extra="forbid")

    type: TypeName
    input: dict[str, Any]
    user_id: UserId | None = None
    webhook_url: PublicLink | None = None
