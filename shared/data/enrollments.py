"""Enrolments: which students are in which course.

Items of the learning table (docs/database-design.md):

    COURSE#<course>    STUDENT#<student>   the enrolment
    LEARNER#<student>  COURSE#<course>     the same, to be found from the student

Both are written together, with the course's counter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from pynamodb.attributes import UnicodeAttribute

from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

ENROLLED_PART = "enrolled"
"""The name of the part that demands an enrolment."""
_STUDENT = "STUDENT#"
_COURSE = "COURSE#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    """A student in a course; the time is a stored ISO text with milliseconds."""

    course_id: str
    student_id: str
    student_name: str
    enrolled_at: str


class _LearningMeta(TableMeta):
    table_name = TableOf("LEARNING_TABLE")


class _EnrollmentItem(Item):
    class Meta(_LearningMeta):
        pass

    student_name = UnicodeAttribute()
    enrolled_at = UnicodeAttribute()


class _Attended(Item):
    class Meta(_LearningMeta):
        pass


def find_enrollment(course_id: str, student_id: str) -> Enrollment | None:
    """A student's enrolment: one consistent GetItem."""
    item = find(_EnrollmentItem, *_key(course_id, student_id))
    return _to_enrollment(item) if item else None


def find_enrolled(course_id: str, student_ids: Sequence[str]) -> dict[str, Enrollment]:
    """Those of the students who are in the course: a BatchGetItem per hundred."""
    keys = [_key(course_id, student_id) for student_id in dict.fromkeys(student_ids)]
    items = _EnrollmentItem.batch_get(keys, consistent_read=True) if keys else ()
    return {found.student_id: found for found in map(_to_enrollment, items)}


def find_enrollments(course_id: str, start: int, end: int) -> list[Enrollment]:
    """That part of a course's students, those who registered last first."""
    rows = _EnrollmentItem.query(
        f"{_COURSE}{course_id}",
        _EnrollmentItem.sk.startswith(_STUDENT),
        consistent_read=True,
        scan_index_forward=False,
        page_size=end,
    )
    return [_to_enrollment(row) for row in islice(rows, start, end)]


def find_attended_courses(student_id: str, at_most: int | None = None) -> list[str]:
    """Ids of the courses that a student is in, newest first."""
    rows = _Attended.query(
        f"LEARNER#{student_id}",
        _Attended.sk.startswith(_COURSE),
        consistent_read=True,
        scan_index_forward=False,
        limit=at_most,
    )
    return [row.sk.removeprefix(_COURSE) for row in rows]


def store_enrollment(transaction: Transaction, enrollment: Enrollment) -> None:
    """Add a student; the part named by the student's id fails where it is in the course."""
    item = _EnrollmentItem(
        *_key(enrollment.course_id, enrollment.student_id),
        student_name=enrollment.student_name,
        enrolled_at=enrollment.enrolled_at,
    )
    transaction.create(enrollment.student_id, item)
    transaction.save(f"attended by {enrollment.student_id}", _attended(enrollment))


def delete_enrollment(transaction: Transaction, enrollment: Enrollment) -> None:
    """Take a student out; the part named by the student's id fails where it is not in there."""
    item = _EnrollmentItem(*_key(enrollment.course_id, enrollment.student_id))
    transaction.delete(enrollment.student_id, item, _EnrollmentItem.pk.exists())
    transaction.delete("attended", _attended(enrollment))


def demand_enrollment(transaction: Transaction, course_id: str, student_id: str) -> None:
    """The part `ENROLLED_PART` fails where the student is not in the course."""
    item = _EnrollmentItem(*_key(course_id, student_id))
    transaction.check(ENROLLED_PART, item, _EnrollmentItem.pk.exists())


def delete_some_enrollments(course_id: str, limit: int) -> int:
    """Remove up to `limit` enrolments of a deleted course; how many went."""
    found = find_enrollments(course_id, 0, limit)
    with _EnrollmentItem.batch_write() as batch:
        for enrollment in found:
            batch.delete(_EnrollmentItem(*_key(course_id, enrollment.student_id)))
            batch.delete(_EnrollmentItem(*_attended_key(enrollment)))
    return len(found)


def _key(course_id: str, student_id: str) -> tuple[str, str]:
    return f"{_COURSE}{course_id}", f"{_STUDENT}{student_id}"


def _attended_key(enrollment: Enrollment) -> tuple[str, str]:
    return f"LEARNER#{enrollment.student_id}", f"{_COURSE}{enrollment.course_id}"


def _attended(enrollment: Enrollment) -> _Attended:
    return _Attended(*_attended_key(enrollment))


def _to_enrollment(item: _EnrollmentItem) -> Enrollment:
    return Enrollment(
        course_id=item.pk.removeprefix(_COURSE),
        student_id=item.sk.removeprefix(_STUDENT),
        student_name=item.student_name,
        enrolled_at=item.enrolled_at,
    )
