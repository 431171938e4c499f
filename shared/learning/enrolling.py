"""Students come into courses and leave them; the count moves in the same transaction."""

from collections.abc import Sequence

from shared.data.courses import COURSE_PART, count_enrollments
from shared.data.enrollments import (
    Enrollment,
    delete_enrollment,
    find_enrollment,
    store_enrollment,
)
from shared.data.transaction import ConditionFailed, Transaction

# A transaction has at most 100 parts: two a student, and the course.
_AT_ONCE = 49


class CourseGone(Exception):
    """The course was deleted."""


def enrol(course_id: str, wanted: Sequence[Enrollment]) -> int:
    """Add these students, each once; how many were not in the course before.

    A transaction takes 49 of them: one that is cut off has added whole portions, counted, and a
    repeat adds the others.

    Raises:
        CourseGone: the course was deleted.
    """
    return sum(
        _enrol_portion(course_id, wanted[start : start + _AT_ONCE])
        for start in range(0, len(wanted), _AT_ONCE)
    )


def _enrol_portion(course_id: str, wanted: Sequence[Enrollment]) -> int:
    while wanted:  # each round has fewer: those that are in the course already are left out
        transaction = Transaction()
        for enrollment in wanted:
            store_enrollment(transaction, enrollment)
        count_enrollments(transaction, course_id, len(wanted))
        try:
            transaction.commit()
        except ConditionFailed as error:
            if COURSE_PART in error.names:
                raise CourseGone from error
            wanted = [each for each in wanted if each.student_id not in error.names]
        else:
            return len(wanted)
    return 0


def withdraw(course_id: str, student_id: str) -> bool:
    """Take a student out of a course; False where it is not in there. Its marks stay."""
    enrollment = find_enrollment(course_id, student_id)
    if enrollment is None:
        return False
    transaction = Transaction()
    delete_enrollment(transaction, enrollment)
    count_enrollments(transaction, course_id, -1)
    try:
        transaction.commit()
    except ConditionFailed:  # somebody else was faster, or the whole course is gone
        return False
    return True
