"""What deleted courses, assignments and accounts leave behind goes, some at a time.

A deleted course or assignment is out of reach with the transaction that deleted it: every read
begins at it, and every write demands it. What hung on it follows, and all of this can be repeated.
"""

from datetime import datetime

from shared.core.sweep import sweep
from shared.data import courses
from shared.data.assignments import (
    GATE_PART,
    close_some_assignments,
    delete_card,
    discount_submission,
)
from shared.data.courses import Course, find_course, find_taught_courses
from shared.data.enrollments import delete_some_enrollments, find_attended_courses
from shared.data.learning_remains import find_deleted, forget_deleted
from shared.data.submissions import (
    Place,
    delete_some_submissions,
    delete_submission,
    find_places_of,
)
from shared.data.transaction import ConditionFailed, Transaction
from shared.learning.enrolling import withdraw

_AT_ONCE = 20
_ITEMS = 100


def delete_course(course: Course) -> None:
    """Take a course away.

    Raises:
        ConditionFailed: it was changed or deleted meanwhile.
    """
    transaction = Transaction()
    courses.delete_course(transaction, course)
    transaction.commit()


def delete_remains(_: datetime) -> int:
    """Remove what is left of deleted courses and assignments; how many were done with.

    Raises:
        SweepFailed: of some nothing could be removed; of all others it is.
    """
    return sweep(
        find_deleted(_AT_ONCE),
        lambda found: delete_some_remains(*found),
        lambda found: {"deleted_id": found[0], "course_id": found[1]},
    )


def delete_some_remains(deleted_id: str, course_id: str) -> bool:
    """Remove a portion of what is left of one; True when nothing is."""
    if deleted_id != course_id:
        done = delete_some_submissions(deleted_id, _ITEMS) < _ITEMS
    else:
        done = _delete_some_of_course(course_id)
    if done:
        forget_deleted(deleted_id)
    return done


def _delete_some_of_course(course_id: str) -> bool:
    closed = close_some_assignments(course_id, _AT_ONCE)
    for assignment_id in closed:
        if delete_some_submissions(assignment_id, _ITEMS) == _ITEMS:
            return False
        delete_card(course_id, assignment_id)
    return not closed and delete_some_enrollments(course_id, _ITEMS) < _ITEMS


def delete_some_of_account(user_id: str, limit: int = 25) -> bool:
    """Delete up to `limit` courses, enrolments and submissions each; True when none is left."""
    taught, _ = find_taught_courses(user_id, 0, limit)
    for course in taught:
        try:
            delete_course(course)
        except ConditionFailed:  # the next round sees what became of it
            continue
        delete_some_remains(course.id, course.id)
    attended = find_attended_courses(user_id, limit)
    for course_id in attended:
        if not withdraw(course_id, user_id) and find_course(course_id) is None:
            delete_some_remains(course_id, course_id)
    submitted = find_places_of(user_id, limit)
    for place in submitted:
        _delete_submission(place)
    if taught or attended or submitted:
        return False
    courses.delete_taught_total(user_id)
    return True


def _delete_submission(place: Place) -> None:
    """Remove a submission and count it out; of an assignment that is gone, all go."""
    transaction = Transaction()
    delete_submission(transaction, place)
    discount_submission(transaction, place.assignment_id)
    try:
        transaction.commit()
    except ConditionFailed as error:
        if GATE_PART in error.names:
            delete_some_submissions(place.assignment_id, _ITEMS)
