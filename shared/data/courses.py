"""Courses, the lists that name them, and how many students and assignments each has.

Items of the learning table (docs/database-design.md):

    COURSE#<id>       COURSE        the course with its two counters
    CODE#<code>       CODE          whose code it is: the item makes a code unique
    COURSES           COURSE#<id>   the list of all courses, beside it its ~TOTAL
    TAUGHT#<teacher>  COURSE#<id>   the list of a teacher's, beside it its ~TOTAL

Lists hold ids only and are read with the courses themselves, so that a count is never behind: it
moves with each enrolment, and a copy in a list would have to move with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from shared.data.learning_remains import mark_deleted
from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

COURSE_PART = "course"
"""The name of the course's part in a transaction: it fails where the course is gone."""
CODE_PART = "code"
"""The name of the part that makes a code unique."""
_ALL = "COURSES"
_TOTAL = "~TOTAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course; times are stored ISO texts with milliseconds."""

    id: str
    teacher_id: str
    teacher_name: str
    name: str
    code: str
    total_hours: int
    description: str
    created_at: str
    updated_at: str
    enrollment_count: int = 0
    assignment_count: int = 0


class _LearningMeta(TableMeta):
    table_name = TableOf("LEARNING_TABLE")


class _CourseItem(Item):
    class Meta(_LearningMeta):
        pass

    teacher_id = UnicodeAttribute()
    teacher_name = UnicodeAttribute()
    name = UnicodeAttribute()
    code = UnicodeAttribute()
    total_hours = NumberAttribute()
    description = UnicodeAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    enrollment_count = NumberAttribute(default=0)
    assignment_count = NumberAttribute(default=0)


class _CodeItem(Item):
    class Meta(_LearningMeta):
        pass

    course_id = UnicodeAttribute()


class _Listed(Item):
    """Total and entries in one class, since one query reads both."""

    class Meta(_LearningMeta):
        pass

    total = NumberAttribute(null=True)


def find_course(course_id: str) -> Course | None:
    """A course: one consistent GetItem."""
    item = find(_CourseItem, *_key(course_id))
    return _to_course(item) if item else None


def find_courses(course_ids: Sequence[str]) -> list[Course]:
    """Those of the ids that are courses, in the order given: a BatchGetItem per hundred."""
    keys = [_key(course_id) for course_id in course_ids]
    items = _CourseItem.batch_get(keys, consistent_read=True) if keys else ()
    found = {item.pk: _to_course(item) for item in items}
    return [found[pk] for pk, _ in keys if pk in found]


def find_all_courses(start: int, end: int) -> tuple[list[Course], int]:
    """That part of all courses, newest first, and how many there are."""
    return _find_listed(_ALL, start, end)


def find_taught_courses(teacher_id: str, start: int, end: int) -> tuple[list[Course], int]:
    """That part of a teacher's courses, newest first, and how many there are."""
    return _find_listed(_taught(teacher_id), start, end)


def store_course(transaction: Transaction, course: Course) -> None:
    """Add a course; `COURSE_PART` fails where the id exists, `CODE_PART` where the code does."""
    pk, sk = _key(course.id)
    transaction.create(COURSE_PART, _CourseItem(pk, sk, **_values(course)))
    transaction.create(CODE_PART, _code_item(course))
    for name, partition in _lists(course):
        transaction.save(name, _Listed(partition, pk))
        _count(transaction, partition, 1)


def update_course(transaction: Transaction, old: Course, new: Course) -> None:
    """Set what a teacher may change, and leave the counters as they are by then.

    `COURSE_PART` fails where the course is gone or has another code than the one read,
    `CODE_PART` where the new code is taken.
    """
    names = ("name", "code", "total_hours", "description", "updated_at")
    actions: list[Action] = [getattr(_CourseItem, name).set(getattr(new, name)) for name in names]
    same_code = _CourseItem.code == old.code
    transaction.update(COURSE_PART, _CourseItem(*_key(old.id)), actions, same_code)
    if new.code != old.code:
        transaction.delete("old_code", _code_item(old))
        transaction.create(CODE_PART, _code_item(new))


def delete_course(transaction: Transaction, course: Course) -> None:
    """Remove a course, and mark what hangs on it; `COURSE_PART` fails where it has changed."""
    pk, sk = _key(course.id)
    transaction.delete(COURSE_PART, _CourseItem(pk, sk), _CourseItem.code == course.code)
    transaction.delete(CODE_PART, _code_item(course))
    for name, partition in _lists(course):
        transaction.delete(name, _Listed(partition, pk))
        _count(transaction, partition, -1)
    mark_deleted(transaction, course.id, course.id)


def count_enrollments(transaction: Transaction, course_id: str, number: int) -> None:
    """Move a course's number of students; `COURSE_PART` fails where the course is gone."""
    _move(transaction, course_id, _CourseItem.enrollment_count.add(number))


def count_assignments(transaction: Transaction, course_id: str, number: int) -> None:
    """Move a course's number of assignments; `COURSE_PART` fails where the course is gone."""
    _move(transaction, course_id, _CourseItem.assignment_count.add(number))


def delete_taught_total(teacher_id: str) -> None:
    """Remove the counter of a teacher whose courses are all gone."""
    _Listed(_taught(teacher_id), _TOTAL).delete()


def _move(transaction: Transaction, course_id: str, action: Action) -> None:
    exists = _CourseItem.pk.exists()
    transaction.update(COURSE_PART, _CourseItem(*_key(course_id)), [action], exists)


def _find_listed(partition: str, start: int, end: int) -> tuple[list[Course], int]:
    rows = _Listed.query(
        partition, consistent_read=True, scan_index_forward=False, page_size=end + 1
    )
    first = next(rows, None)
    if first is None or first.sk != _TOTAL:  # the total exists as soon as one course does
        return [], 0
    total = int(first.total or 0)
    if start >= total:
        return [], total
    page = islice(rows, start, end)
    return find_courses([row.sk.removeprefix("COURSE#") for row in page]), total


def _count(transaction: Transaction, partition: str, number: int) -> None:
    actions: list[Action] = [_Listed.total.add(number)]
    transaction.update(f"total of {partition}", _Listed(partition, _TOTAL), actions)


def _lists(course: Course) -> tuple[tuple[str, str], ...]:
    return ("listed", _ALL), ("taught", _taught(course.teacher_id))


def _taught(teacher_id: str) -> str:
    return f"TAUGHT#{teacher_id}"


def _key(course_id: str) -> tuple[str, str]:
    return f"COURSE#{course_id}", "COURSE"


def _code_item(course: Course) -> _CodeItem:
    return _CodeItem(f"CODE#{course.code}", "CODE", course_id=course.id)


_TEXTS = (
    "teacher_id", "teacher_name", "name", "code", "description", "created_at", "updated_at",
)  # fmt: skip
_NUMBERS = ("total_hours", "enrollment_count", "assignment_count")


def _values(course: Course) -> dict[str, Any]:
    return {name: getattr(course, name) for name in _TEXTS + _NUMBERS}


def _to_course(item: _CourseItem) -> Course:
    values: dict[str, Any] = {name: getattr(item, name) for name in _TEXTS}
    values |= {name: int(getattr(item, name)) for name in _NUMBERS}
    return Course(id=item.pk.removeprefix("COURSE#"), **values)
