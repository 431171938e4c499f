"""What students hand in: marked at once where an answer is right or wrong, else analysed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from functions.learning.assignments import read_assignment
from functions.learning.courses import teaches
from functions.learning.errors import (
    AssignmentNotFound,
    LearningBusy,
    SubmissionNotFound,
    SubmittedBefore,
    unknown_questions,
)
from shared.auth.principal import Principal
from shared.core import clock, ids
from shared.core.errors import Forbidden, RateLimited
from shared.core.observability import get_logger
from shared.data.assignments import GATE_PART, Assignment, count_submission
from shared.data.changing import until_written
from shared.data.enrollments import ENROLLED_PART, demand_enrollment, find_enrollment
from shared.data.submissions import (
    MARK_PART,
    Submission,
    find_mark,
    find_submission,
    find_submissions,
    store_submission,
)
from shared.data.transaction import ConditionFailed, Transaction
from shared.http.paging import Page, PageRequest
from shared.learning.analysis import questions_of
from shared.learning.marking import points_of, score_of


def submit(
    operation_id: str, caller: Principal, assignment_id: str, answers: Mapping[str, Any]
) -> tuple[Submission, Assignment]:
    """Hand in answers, once; a repeat of the operation gives what was handed in.

    Raises:
        SubmittedBefore: the student has submitted the assignment.
        Forbidden: the caller is no student of the course.
    """

    def step() -> tuple[Submission, Assignment]:
        assignment, course = read_assignment(caller, assignment_id)
        if teaches(caller, course):
            raise Forbidden
        submission = _marked(f"sub_{operation_id}", caller, assignment, answers)
        return _stored_with_analysis(operation_id, submission, assignment), assignment

    def met(failure: ConditionFailed) -> None:
        if GATE_PART not in failure.names:
            raise failure

    # Where the questions were changed meanwhile, it is marked again by the new ones.
    return until_written(step, met, LearningBusy)


def _marked(
    submission_id: str, caller: Principal, assignment: Assignment, answers: Mapping[str, Any]
) -> Submission:
    questions = questions_of(assignment)
    strange = sorted(answers.keys() - {question.id for question in questions})
    if strange:
        raise unknown_questions(strange)
    enrollment = find_enrollment(assignment.course_id, caller.user_id)
    points = points_of(questions, answers)
    score = score_of(questions, points)
    now = clock.iso_ms(clock.now())
    return Submission(
        id=submission_id,
        assignment_id=assignment.id,
        course_id=assignment.course_id,
        student_id=caller.user_id,
        student_name=enrollment.student_name if enrollment else "",
        type=assignment.type,
        answers=dict(answers),
        points=points,
        status="analysing" if score is None else "marked",
        score=score,
        late=assignment.due_at is not None and now > assignment.due_at,
        submitted_at=now,
        marked_at=None if score is None else now,
    )


def _stored_with_analysis(
    operation_id: str, submission: Submission, assignment: Assignment
) -> Submission:
    """The submission as it is stored, in one transaction with the task that analyses it.

    A used-up budget is no reason to turn work away: without a task the submission is kept, and
    `POST /learning/analyses` can ask for its analysis later.
    """
    if submission.status == "marked":
        return _store(submission, assignment)
    # As many modules as the rest of the request, which most submissions can do without.
    from functions.learning.analyses import analysis_of
    from shared.tasks.changes import add_task

    draft = analysis_of(operation_id, submission, assignment)
    named = replace(submission, task_id=draft.id)
    try:
        return _store(named, assignment, lambda both: add_task(both, draft))
    except RateLimited as error:
        extra = {"submission_id": submission.id, "code": error.code}
        get_logger().warning("analysis not accepted", extra=extra)
        return _store(submission, assignment)


def _store(
    submission: Submission,
    assignment: Assignment,
    write_beside: Callable[[Transaction], object] = lambda _: None,
) -> Submission:
    """The submission as it is stored; `GATE_PART` fails where the assignment is another by now."""
    transaction = Transaction()
    store_submission(transaction, submission)
    count_submission(transaction, assignment)
    demand_enrollment(transaction, assignment.course_id, submission.student_id)
    write_beside(transaction)
    try:
        transaction.commit()
    except ConditionFailed as error:
        if MARK_PART in error.names:
            made = find_submission(assignment.id, submission.id)
            if made is None:
                raise SubmittedBefore from error
            return made
        if ENROLLED_PART in error.names:
            raise AssignmentNotFound from error
        raise
    return submission


def list_submissions(
    caller: Principal, assignment_id: str, wanted: PageRequest
) -> tuple[Page[Submission], Assignment]:
    """All submissions of an own course's assignment, newest first; a student's own one."""
    assignment, course = read_assignment(caller, assignment_id)
    if not teaches(caller, course):
        own = _own(caller, assignment)
        return Page.cut([own] if own else [], wanted), assignment
    total = assignment.submission_count
    if wanted.start >= total:
        return Page.of([], total, wanted), assignment
    found = find_submissions(assignment.id, wanted.start, wanted.end)
    return Page.of(found, total, wanted), assignment


def read_submission(
    caller: Principal, assignment_id: str, submission_id: str
) -> tuple[Submission, Assignment]:
    """A submission, for the course's teacher and the student it is of."""
    assignment, course = read_assignment(caller, assignment_id)
    is_one = ids.is_id("sub", submission_id)
    submission = find_submission(assignment.id, submission_id) if is_one else None
    mine = submission is not None and submission.student_id == caller.user_id
    if submission is None or not (mine or teaches(caller, course)):
        raise SubmissionNotFound
    return submission, assignment


def _own(caller: Principal, assignment: Assignment) -> Submission | None:
    mark = find_mark(assignment.course_id, caller.user_id, assignment.id)
    return find_submission(assignment.id, mark.submission_id) if mark else None
