"""The task that analyses what is handed in; it is stored together with that."""

from shared.data.assignments import Assignment
from shared.data.submissions import Submission
from shared.tasks.changes import Draft
from shared.tasks.creation import draft_of
from shared.tasks.types.analysis import AnalysisTasks


def analysis_of(operation_id: str, submission: Submission, assignment: Assignment) -> Draft:
    """The task, in the student's name."""
    kind = AnalysisTasks()
    stored = kind.stored_of(assignment, submission)
    return draft_of(operation_id, submission.student_id, kind, stored, kind.price(stored))
