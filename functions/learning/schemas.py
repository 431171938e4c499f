"""What the learning API takes (contract learning.md)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from shared.core import clock
from shared.core.errors import demand_either
from shared.core.text import Text
from shared.data.assignments import AssignmentType
from shared.learning.formats import FormatName
from shared.learning.questions import Questions, RubricLine

Scope = Literal["all", "mine"]
MOST_STUDENTS = 500
LARGEST_ANSWERS = 200_000
"""Characters of all answers together: a submission is one item of DynamoDB, which holds 400 KB."""
LARGEST_FILE = 2_000_000
_TOO_LONG = Text("答案总长度过大", "are too long together")


def _stored_time(moment: datetime) -> str:
    return clock.iso_ms(clock.parse(moment.isoformat()))


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _not_too_long(answers: dict[str, Any]) -> dict[str, Any]:
    if len(str(answers).encode()) > LARGEST_ANSWERS:
        raise ValueError(_TOO_LONG)
    return answers


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Code = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[A-Z][A-Z0-9]{1,15}-[A-Z0-9]{1,16}$"),
]
Hours = Annotated[int, Field(ge=1, le=1000, strict=True)]
Description = Annotated[str, StringConstraints(max_length=5000)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
DueAt = Annotated[datetime, AfterValidator(_stored_time)]
UserId = Annotated[str, StringConstraints(pattern=r"^user_[0-9A-Z]{26}$")]
TaskId = Annotated[str, StringConstraints(pattern=r"^task_[0-9A-Z]{26}$")]
_AnswerText = Annotated[str, StringConstraints(max_length=20_000)]
Answers = Annotated[
    dict[
        Annotated[str, StringConstraints(max_length=64)],
        _AnswerText | Annotated[list[_AnswerText], Field(max_length=20)],
    ],
    AfterValidator(_not_too_long),
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    def given(self) -> dict[str, Any]:
        """The fields that the client set."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class NewCourse(_Body):
    """Body of POST /courses."""

    name: Name
    code: Code
    total_hours: Hours
    description: Description = ""


class CourseChange(_Body):
    """Body of PUT /courses/:id: what is not sent stays as it is."""

    name: Name = ""
    code: Code = ""
    total_hours: Hours = 1
    description: Description = ""


class NewEnrollments(_Body):
    """Body of POST /courses/:id/enrollments; a student needs none."""

    student_ids: Annotated[
        list[UserId], Field(min_length=1, max_length=MOST_STUDENTS), AfterValidator(_distinct)
    ]


class NewAssignment(_Body):
    """Body of POST /courses/:id/assignments."""

    title: Title
    type: AssignmentType
    due_at: DueAt | None = None
    questions: Questions | None = None
    question_batch_id: TaskId | None = None
    # Of the writing among them that brings none, as the questions of a batch do.
    rubric: Annotated[list[RubricLine], Field(max_length=20)] = []

    @model_validator(mode="after")
    def _one_source(self) -> "NewAssignment":
        demand_either(questions=self.questions, question_batch_id=self.question_batch_id)
        return self


class AssignmentChange(_Body):
    """Body of PUT /assignments/:id: what is not sent stays as it is."""

    title: Title = ""
    type: AssignmentType = "mixed"
    due_at: DueAt | None = None
    questions: Questions = []


class NewSubmission(_Body):
    """Body of POST /assignments/:id/submissions: answers by question id, or a list of them."""

    answers: Answers

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, body: Any) -> Any:
        listed = body.get("answers") if isinstance(body, dict) else None
        if not isinstance(listed, list):
            return body
        pairs = [each for each in listed if isinstance(each, dict)]
        good = [each for each in pairs if each.keys() == {"question_id", "answer"}]
        if len(good) < len(listed):
            return body
        return {**body, "answers": {str(each["question_id"]): each["answer"] for each in good}}


class QuestionFile(_Body):
    """A file of questions as a text."""

    format: FormatName
    content: Annotated[str, StringConstraints(max_length=LARGEST_FILE)]
