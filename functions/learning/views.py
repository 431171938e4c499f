"""Courses, assignments and submissions as clients see them."""

from typing import Any

from shared.core import clock
from shared.data.assignments import Assignment, AssignmentCard
from shared.data.courses import Course
from shared.data.enrollments import Enrollment
from shared.data.submissions import Submission
from shared.learning.questions import without_answers

_COURSE = (
    "id", "name", "code", "total_hours", "description", "enrollment_count", "assignment_count",
)  # fmt: skip
_CARD = ("id", "course_id", "title", "type", "question_count")
_SUBMISSION = (
    "id", "assignment_id", "course_id", "student_id", "student_name", "type", "answers", "status",
    "score", "late", "task_id", "analyses",
)  # fmt: skip


def course_body(course: Course) -> dict[str, Any]:
    """A course."""
    return {
        **{name: getattr(course, name) for name in _COURSE},
        "teacher": {"id": course.teacher_id, "name": course.teacher_name},
        **_times(course),
    }


def enrollment_body(enrollment: Enrollment) -> dict[str, Any]:
    """A student in a course."""
    return {
        "user_id": enrollment.student_id,
        "name": enrollment.student_name,
        "enrolled_at": clock.to_wire(enrollment.enrolled_at),
    }


def card_body(assignment: AssignmentCard) -> dict[str, Any]:
    """An assignment in a list."""
    return {
        **{name: getattr(assignment, name) for name in _CARD},
        "due_at": assignment.due_at and clock.to_wire(assignment.due_at),
        **_times(assignment),
    }


def assignment_body(assignment: Assignment, *, with_answers: bool) -> dict[str, Any]:
    """A whole assignment; students see no answers before they have submitted."""
    shown = [dict(question) for question in assignment.questions]
    return {
        **card_body(assignment),
        "submission_count": assignment.submission_count,
        "questions": shown if with_answers else [without_answers(each) for each in shown],
    }


def submission_body(submission: Submission, assignment: Assignment) -> dict[str, Any]:
    """A submission with what each answer got and what would have been right."""
    return {
        **{name: getattr(submission, name) for name in _SUBMISSION},
        "submitted_at": clock.to_wire(submission.submitted_at),
        "marked_at": submission.marked_at and clock.to_wire(submission.marked_at),
        "results": [_result(submission, dict(question)) for question in assignment.questions],
    }


def _result(submission: Submission, question: dict[str, Any]) -> dict[str, Any]:
    points = submission.points.get(question["id"])
    return {
        "question_id": question["id"],
        "type": question["type"],
        "given": submission.answers.get(question["id"]),
        "points": points,
        "correct": None if points is None else points == 100,
        "answer": question["answer"],
        "explanation": question["explanation"],
    }


def _times(thing: Course | AssignmentCard) -> dict[str, str]:
    return {
        "created_at": clock.to_wire(thing.created_at),
        "updated_at": clock.to_wire(thing.updated_at),
    }
