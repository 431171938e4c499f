"""Batches of questions, made in parallel (contract learning.md)."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field, StringConstraints

from shared.core.errors import InvalidRequest
from shared.core.text import Text
from shared.data.jobs import Queue
from shared.tasks.types.jobs import JobInput, JobTasks, is_offline

QuestionType = Literal[
    "vocabulary", "cloze", "reading", "listening", "translation", "writing"
]  # fmt: skip
Difficulty = Literal["easy", "medium", "hard"]
BY_RULE = ("vocabulary", "cloze", "reading")
"""What is made without a model."""
_NEEDS_MODEL = Text(
    "离线模式只能生成 vocabulary、cloze、reading，请先配置模型",
    "without a configured model must be one of vocabulary, cloze, reading",
)


class QuestionsInput(JobInput):
    """What kind of questions, and how many."""

    type: QuestionType
    count: Annotated[int, Field(strict=True, ge=1, le=100)]
    difficulty: Difficulty = "medium"
    topic: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""


class QuestionTasks(JobTasks):
    """Ten questions a part, the parts at once."""

    name: ClassVar[str] = "questions"
    queue: ClassVar[Queue | None] = "learning_processing"
    prompt: ClassVar[str] = "questions"
    usual_seconds: ClassVar[float] = 40
    Input: ClassVar[type[BaseModel]] = QuestionsInput

    def validate(self, owner_id: str, given: BaseModel) -> dict[str, Any]:
        """The input; some types of questions need a model."""
        stored = super().validate(owner_id, given)
        if is_offline(stored) and stored["type"] not in BY_RULE:
            raise InvalidRequest.of_field("type", _NEEDS_MODEL)
        return stored
