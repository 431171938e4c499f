"""Assignments of a course, and the files that their questions come from and go to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from functions.learning.courses import own_course, read_course, require_part, sweep, teaches
from functions.learning.errors import (
    AnsweredBefore,
    AssignmentNotFound,
    BatchNotFound,
    BatchNotReady,
    CourseNotFound,
    LearningBusy,
    NotEnrolled,
)
from functions.learning.schemas import NewAssignment
from shared.auth.principal import Principal
from shared.core import clock, ids
from shared.core.errors import InvalidRequest
from shared.core.text import Text
from shared.data.assignments import (
    GATE_PART,
    Assignment,
    AssignmentCard,
    delete_assignment,
    find_assignment,
    find_assignment_cards,
    store_assignment,
    update_assignment,
)
from shared.data.changing import until_written
from shared.data.courses import Course
from shared.data.submissions import find_mark
from shared.data.tasks import find_task
from shared.data.transaction import ConditionFailed, Transaction
from shared.http.paging import Page, PageRequest
from shared.learning.analysis import questions_of
from shared.learning.formats import FORMATS, FormatName
from shared.learning.formats.errors import FormatError, checked
from shared.learning.questions import Question, RubricLine, stored_form

QUESTION_BATCH = "questions"
"""The type of the tasks that make questions."""
_RUBRIC = Text("写作评分需要评分标准", "is required to mark writing")


def create_assignment(
    assignment_id: str, caller: Principal, course_id: str, wanted: NewAssignment
) -> Assignment:
    """An assignment of an own course; a repeat of the operation gives the one that was made."""
    course = own_course(caller, course_id)
    batch_id = wanted.question_batch_id
    questions = with_rubrics(
        wanted.questions or questions_of_batch(caller, str(batch_id)), wanted.rubric
    )
    now = clock.iso_ms(clock.now())
    assignment = Assignment(
        id=assignment_id,
        course_id=course.id,
        title=wanted.title,
        type=wanted.type,
        due_at=wanted.due_at,  # type: ignore[arg-type]  # pydantic has made a text of it
        questions=stored_form(questions),
        question_count=len(questions),
        created_at=now,
        updated_at=now,
    )
    transaction = Transaction()
    store_assignment(transaction, assignment)
    try:
        transaction.commit()
    except ConditionFailed as error:
        made = find_assignment(assignment_id)
        if made is None:
            raise CourseNotFound from error
        return made
    return assignment


def list_assignments(
    caller: Principal, course_id: str, wanted: PageRequest
) -> Page[AssignmentCard]:
    """One page of a course's assignments, for its teacher and its students."""
    course = read_course(course_id)
    require_part(caller, course)
    if wanted.start >= course.assignment_count:
        return Page.of([], course.assignment_count, wanted)
    cards = find_assignment_cards(course_id, wanted.start, wanted.end)
    return Page.of(cards, course.assignment_count, wanted)


def read_assignment(caller: Principal, assignment_id: str) -> tuple[Assignment, Course]:
    """An assignment of a course that the caller teaches or is in. Raises AssignmentNotFound."""
    assignment = find_assignment(assignment_id) if ids.is_id("asg", assignment_id) else None
    if assignment is None:
        raise AssignmentNotFound
    try:
        course = read_course(assignment.course_id)
        require_part(caller, course)
    except (CourseNotFound, NotEnrolled) as error:
        raise AssignmentNotFound from error
    return assignment, course


def own_assignment(caller: Principal, assignment_id: str) -> Assignment:
    """An assignment of a course that the caller teaches. Raises AssignmentNotFound."""
    assignment, course = read_assignment(caller, assignment_id)
    if not teaches(caller, course):
        raise AssignmentNotFound
    return assignment


def sees_answers(caller: Principal, assignment: Assignment, course: Course) -> bool:
    """Whether right answers may be shown: to the teacher, and to who has submitted."""
    if teaches(caller, course):
        return True
    return find_mark(course.id, caller.user_id, assignment.id) is not None


def change_assignment(
    caller: Principal, assignment_id: str, given: Mapping[str, Any]
) -> Assignment:
    """Set the given fields of an own assignment.

    Raises:
        AnsweredBefore: other questions or another type, after somebody has submitted.
        InvalidRequest: writing without a rubric.
    """
    values = dict(given)
    if "questions" in values:
        values["question_count"] = len(values["questions"])
        values["questions"] = stored_form(with_rubrics(values["questions"], ()))

    def step() -> Assignment:
        old = own_assignment(caller, assignment_id)
        now = clock.iso_ms(clock.now())
        new = replace(old, **values, updated_at=now, revision=old.revision + 1)
        if old.submission_count and new.type != old.type:
            raise AnsweredBefore
        transaction = Transaction()
        update_assignment(transaction, old, new)
        transaction.commit()
        return new

    def met(failure: ConditionFailed) -> None:
        if failure.names == {GATE_PART}:
            raise AnsweredBefore from failure

    return until_written(step, met, LearningBusy)


def remove_assignment(caller: Principal, assignment_id: str) -> None:
    """Delete an own assignment with what was submitted."""

    def step() -> Assignment:
        assignment = own_assignment(caller, assignment_id)
        transaction = Transaction()
        delete_assignment(transaction, assignment)
        transaction.commit()
        return assignment

    deleted = until_written(step, busy=LearningBusy)
    sweep(deleted.id, deleted.course_id)


def with_rubrics(questions: Sequence[Question], rubric: Sequence[RubricLine]) -> list[Question]:
    """The questions, those of type writing that have no rubric with this one.

    Raises:
        InvalidRequest: there is none: what is written by such a question could never be marked.
    """
    for number, question in enumerate(questions):
        if question.type == "writing" and not (question.rubric or rubric):
            raise InvalidRequest.of_field(f"questions.{number}.rubric", _RUBRIC)
    return [
        question.model_copy(update={"rubric": list(rubric)})
        if question.type == "writing" and not question.rubric
        else question
        for question in questions
    ]


def questions_of_batch(caller: Principal, task_id: str) -> list[Question]:
    """What a task of the caller has made. Raises BatchNotFound, BatchNotReady."""
    task = find_task(caller.user_id, task_id) if ids.is_id("task", task_id) else None
    if task is None or task.type != QUESTION_BATCH:
        raise BatchNotFound
    made = (task.result or {}).get("questions")
    if task.status != "completed" or not made:
        raise BatchNotReady(details={"status": task.status})
    return checked(made)


def import_questions(name: FormatName, content: str) -> list[Question]:
    """The questions of a file. Raises InvalidRequest, which says where the file is wrong."""
    try:
        return FORMATS[name].read(content)
    except FormatError as error:
        raise InvalidRequest.of_field("content", error.reason) from error


def exported(name: FormatName, stem: str, questions: Sequence[Question]) -> dict[str, Any]:
    """A file of questions as a text, with what it may be called."""
    kind = FORMATS[name]
    return {
        "format": name,
        "filename": f"{stem}.{kind.suffix}",
        "media_type": kind.media_type,
        "count": len(questions),
        "content": kind.write(questions),
    }


def export_assignment(caller: Principal, assignment_id: str, name: FormatName) -> dict[str, Any]:
    """The questions of an own assignment as a file."""
    assignment = own_assignment(caller, assignment_id)
    return exported(name, assignment.id, questions_of(assignment))
