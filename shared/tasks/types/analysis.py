"""Written answers analysed: errors, advice, and a mark by a rubric (contract learning.md)."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from shared.core.errors import InvalidRequest, demand_either
from shared.core.text import Text
from shared.data.assignments import Assignment, find_assignment
from shared.data.courses import find_course
from shared.data.jobs import Queue
from shared.data.submissions import PART, Submission, find_place, find_submission, name_task
from shared.data.transaction import ConditionFailed, Transaction
from shared.learning.analysis import questions_of, written_answers
from shared.learning.questions import RubricLine
from shared.learning.teaching import is_taught_by
from shared.tasks.types.jobs import JobInput, JobTasks

LONGEST_ANSWER = 8000
_RUBRIC = Text("写作评分需要评分标准", "is required to mark writing")
_UNKNOWN = Text("提交不存在", "is no submission that you may have analysed")
_NOTHING = Text("没有待分析的答案", "has no answer that waits for an analysis")


class AnalysisInput(JobInput):
    """A text with its rubric, or a submission, whose written answers have theirs."""

    type: Literal["writing", "translation"] = "writing"
    text: Annotated[str, StringConstraints(max_length=LONGEST_ANSWER)] | None = None
    question: Annotated[str, StringConstraints(max_length=2000)] = ""
    rubric: Annotated[list[RubricLine], Field(max_length=20, default_factory=list)]
    submission_id: Annotated[str, StringConstraints(max_length=100)] | None = None
    rounds: Annotated[int, Field(strict=True, ge=1, le=3)] = 1

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        demand_either(text=self.text, submission_id=self.submission_id)
        return self


class AnalysisTasks(JobTasks):
    """Analyse, critique, refine; the answers of a submission in parallel."""

    name: ClassVar[str] = "analysis"
    queue: ClassVar[Queue | None] = "ai_processing"
    prompt: ClassVar[str] = "analyse"
    usual_seconds: ClassVar[float] = 60
    Input: ClassVar[type[BaseModel]] = AnalysisInput

    def validate(self, owner_id: str, given: BaseModel) -> dict[str, Any]:
        """The input with the `answers` that are to be read: id, type, question, text, rubric."""
        stored = super().validate(owner_id, given)
        if stored["submission_id"] is not None:
            return {**stored, **_of_submission(owner_id, stored["submission_id"])}
        if not stored["rubric"]:
            raise InvalidRequest.of_field("rubric", _RUBRIC)
        answer = {name: stored[name] for name in ("type", "question", "text", "rubric")}
        return {**stored, "answers": [{"id": "text", **answer}]}

    def stored_of(self, assignment: Assignment, submission: Submission) -> dict[str, Any]:
        """The stored input for a submission that is not stored yet."""
        given = AnalysisInput.model_validate({"submission_id": submission.id})
        stored = super().validate(submission.student_id, given)
        return {**stored, **_told_of(assignment, submission)}

    def write_beside(
        self, transaction: Transaction, task_id: str, stored: Mapping[str, Any]
    ) -> None:
        """The submission names the task that analyses it."""
        if stored["submission_id"] is None:
            return

        def refuse(failure: ConditionFailed) -> None:
            raise InvalidRequest.of_field("submission_id", _NOTHING) from failure

        name_task(transaction, stored["assignment_id"], stored["submission_id"], task_id)
        transaction.mend({PART}, refuse)


def _of_submission(owner_id: str, submission_id: str) -> dict[str, Any]:
    place = find_place(submission_id)
    submission = find_submission(place.assignment_id, submission_id) if place else None
    assignment = find_assignment(submission.assignment_id) if submission else None
    if not (submission and assignment) or not _may(owner_id, submission):
        raise InvalidRequest.of_field("submission_id", _UNKNOWN)
    told = _told_of(assignment, submission)
    if not told["answers"]:
        raise InvalidRequest.of_field("submission_id", _NOTHING)
    return told


def _may(owner_id: str, submission: Submission) -> bool:
    if submission.student_id == owner_id:
        return True
    course = find_course(submission.course_id)
    return course is not None and is_taught_by(course, owner_id)


def _told_of(assignment: Assignment, submission: Submission) -> dict[str, Any]:
    answers = list(_waiting(assignment, submission))
    return {"assignment_id": assignment.id, "answers": answers}


def _waiting(assignment: Assignment, submission: Submission) -> Iterator[dict[str, Any]]:
    waiting = written_answers(assignment, submission)
    for question in questions_of(assignment):
        if question.id in waiting:
            yield {
                "id": question.id,
                "type": question.type,
                "question": question.stem,
                "text": waiting[question.id][:LONGEST_ANSWER],
                "rubric": [line.model_dump() for line in question.rubric],
            }
