"""Written answers and the task that analyses them: where marking meets the task engine.

A submission with written answers asks for one task of type `ANALYSIS`, whose input is
`{"submission_id"}`. The task finds what to read with `written_answers`, and gives back what it
found with `apply_analysis`; the submission is marked by that, once, however often it is told.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from shared.core import clock
from shared.core.errors import AppError
from shared.core.observability import get_logger
from shared.data.assignments import Assignment, find_assignment
from shared.data.submissions import (
    Place,
    Submission,
    find_place,
    find_submission,
    update_submission,
)
from shared.data.transaction import ConditionFailed, Transaction
from shared.learning.marking import score_of
from shared.learning.questions import Question

ANALYSIS: Final = "analysis"
_ATTEMPTS = 10


def questions_of(assignment: Assignment) -> list[Question]:
    """The questions of a stored assignment."""
    return [Question.model_validate(question) for question in assignment.questions]


def written_answers(assignment: Assignment, submission: Submission) -> dict[str, str]:
    """What waits for an analysis: the text by question id. A blank answer never does."""
    return {
        question.id: _joined(submission.answers[question.id])
        for question in questions_of(assignment)
        if question.is_written and question.id not in submission.points
    }


def request_analysis(operation_id: str, submission: Submission) -> Submission:
    """Ask for the analysis of a submission, in its student's name; a repeat asks for the same task.

    Where no task can be accepted now (no budget, no such type in this deployment) the submission
    stays as it is: `POST /learning/analyses` can ask for it later.
    """
    from shared.tasks.creation import create_task  # as many modules as the rest of the request
    from shared.tasks.registry import task_types

    kind = task_types().get(ANALYSIS)
    if kind is None:
        return submission
    given = kind.Input.model_validate({"submission_id": submission.id})
    try:
        task = create_task(operation_id, submission.student_id, ANALYSIS, given)
    except AppError as error:
        extra = {"submission_id": submission.id, "code": error.code}
        get_logger().warning("analysis not accepted", extra=extra)
        return submission
    return note_task(submission, task.id)


def note_task(submission: Submission, task_id: str) -> Submission:
    """Say which task analyses a submission."""
    return _change(submission, {"task_id": task_id}) or submission


def apply_analysis(
    submission_id: str, analyses: Mapping[str, Mapping[str, Any]]
) -> Submission | None:
    """Mark written answers by what an analysis of each says; `score` in it is 0–100.

    Told again, or of questions that are marked, it changes nothing. None where the submission is
    gone.
    """
    place = find_place(submission_id)
    assignment = find_assignment(place.assignment_id) if place else None
    for _ in range(_ATTEMPTS):
        submission = _at(place)
        if submission is None or assignment is None:
            return None
        waiting = written_answers(assignment, submission)
        new = {key: dict(found) for key, found in analyses.items() if key in waiting}
        if not new:
            return submission
        points = {**submission.points, **{key: float(new[key]["score"]) for key in new}}
        score = score_of(questions_of(assignment), points)
        changed = _change(
            submission,
            {
                "points": points,
                "analyses": {**submission.analyses, **new},
                "score": score,
                "status": "analysing" if score is None else "marked",
                "marked_at": None if score is None else clock.iso_ms(clock.now()),
            },
        )
        if changed:
            return changed
    raise TimeoutError(submission_id)


def _at(place: Place | None) -> Submission | None:
    return find_submission(place.assignment_id, place.submission_id) if place else None


def _change(submission: Submission, values: Mapping[str, Any]) -> Submission | None:
    new = replace(submission, **values, revision=submission.revision + 1)
    transaction = Transaction()
    update_submission(transaction, submission, new)
    try:
        transaction.commit()
    except ConditionFailed:
        return None
    return new


def _joined(answer: Any) -> str:
    return answer if isinstance(answer, str) else "\n".join(answer)
