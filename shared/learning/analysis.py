"""Written answers and the task that analyses them: where marking meets the task engine.

A submission with written answers is stored together with its task of type `analysis`, which finds
what to read with `written_answers` and gives back what it found with `apply_analysis`; the
submission is marked by that, once, however often it is told.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from shared.core import clock
from shared.data.assignments import Assignment, find_assignment
from shared.data.changing import change_stored
from shared.data.submissions import (
    Submission,
    find_place,
    find_submission,
    update_submission,
)
from shared.data.transaction import Transaction
from shared.learning.marking import score_of
from shared.learning.questions import Question


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


def apply_analysis(
    submission_id: str, analyses: Mapping[str, Mapping[str, Any]]
) -> Submission | None:
    """Mark written answers by what an analysis of each says; `score` in it is 0–100.

    Told again, or of questions that are marked, it changes nothing. None where the submission is
    gone.

    Raises:
        ServiceUnavailable: others changed the submission again and again meanwhile.
    """
    place = find_place(submission_id)
    assignment = find_assignment(place.assignment_id) if place else None
    submission = find_submission(assignment.id, submission_id) if assignment else None
    if submission is None or assignment is None:
        return None
    place_of = (assignment.id, submission_id)
    decide = partial(_marked, assignment, analyses)
    return change_stored(submission, decide, _write, lambda _: find_submission(*place_of))


def _marked(
    assignment: Assignment, analyses: Mapping[str, Mapping[str, Any]], submission: Submission
) -> Submission:
    waiting = written_answers(assignment, submission)
    new = {key: dict(found) for key, found in analyses.items() if key in waiting}
    if not new:
        return submission
    points = {**submission.points, **{key: float(new[key]["score"]) for key in new}}
    score = score_of(questions_of(assignment), points)
    return replace(
        submission,
        points=points,
        analyses={**submission.analyses, **new},
        score=score,
        status="analysing" if score is None else "marked",
        marked_at=None if score is None else clock.iso_ms(clock.now()),
    )


def _write(old: Submission, new: Submission) -> Submission:
    new = replace(new, revision=old.revision + 1)
    transaction = Transaction()
    update_submission(transaction, old, new)
    transaction.commit()
    return new


def _joined(answer: Any) -> str:
    return answer if isinstance(answer, str) else "\n".join(answer)
