"""A course's weeks: hours, goals, activities (contract learning.md)."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from shared.core.errors import InvalidRequest, WrongField
from shared.core.text import Text
from shared.data.courses import find_course
from shared.data.jobs import Queue
from shared.learning.teaching import is_taught_by
from shared.tasks.types.jobs import JobInput, JobTasks

Goal = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_UNKNOWN = Text("课程不存在", "is not a course of yours")
_DIFFERENT = Text("与课程的总学时不同", "are not the course's total hours")
_TOO_FEW = Text("每周至少需要一个学时", "must be at least one for each week")


class SyllabusInput(JobInput):
    """How many weeks and hours; with a course they are the course's hours."""

    course_id: Annotated[str, StringConstraints(max_length=100)] | None = None
    weeks: Annotated[int, Field(strict=True, ge=1, le=52)]
    hours: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    goals: Annotated[list[Goal], Field(max_length=20, default_factory=list)]

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if self.hours is None and self.course_id is None:
            raise WrongField("hours", Text("与 course_id 至少填一个", "or course_id is required"))
        return self


class SyllabusTasks(JobTasks):
    """Week by week, its hours adding up."""

    name: ClassVar[str] = "syllabus"
    queue: ClassVar[Queue | None] = "learning_processing"
    prompt: ClassVar[str] = "syllabus"
    usual_seconds: ClassVar[float] = 40
    Input: ClassVar[type[BaseModel]] = SyllabusInput

    def validate(self, owner_id: str, given: BaseModel) -> dict[str, Any]:
        """The input, with the hours and the name of the course."""
        stored = super().validate(owner_id, given)
        stored["course"] = ""
        if stored["course_id"]:
            stored |= _of_course(owner_id, stored)
        if stored["hours"] < stored["weeks"]:
            raise InvalidRequest.of_field("hours", _TOO_FEW)
        return stored


def _of_course(owner_id: str, stored: dict[str, Any]) -> dict[str, Any]:
    course = find_course(stored["course_id"])
    if course is None or not is_taught_by(course, owner_id):
        raise InvalidRequest.of_field("course_id", _UNKNOWN)
    if stored["hours"] not in (None, course.total_hours):
        raise InvalidRequest.of_field("hours", _DIFFERENT)
    return {"hours": course.total_hours, "course": course.name}
