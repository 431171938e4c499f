"""What goes with a course, and with the account of a teacher or a student."""

from datetime import datetime

import boto3
import pytest

from shared.core import clock
from shared.data.assignments import find_assignment
from shared.data.courses import find_course
from shared.data.transaction import ConditionFailed
from shared.learning import deletion
from tests.support.aws import REGION
from tests.support.learning import COURSES, Person, new_assignment, new_course, submitted


def keys() -> list[str]:
    """Every key of the learning table but those of lasting counters."""
    found = boto3.client("dynamodb", REGION).scan(TableName="rolecraft-test-learning")["Items"]
    names = [f"{item['pk']['S']} {item['sk']['S']}" for item in found]
    return sorted(name for name in names if not name.endswith("~TOTAL"))


def now() -> datetime:
    return clock.now()


def test_nothing_of_a_deleted_course_is_left(
    teacher: Person, student: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "_ITEMS", 1)  # a portion is not enough
    course_id = new_course(teacher, student)
    for _ in range(3):
        submitted(student, new_assignment(teacher, course_id))
    assert teacher.client.delete(f"{COURSES}/{course_id}").status == 200
    assert find_course(course_id) is None
    for _ in range(20):
        deletion.delete_remains(now())
    assert keys() == []


def test_a_students_account_takes_its_part_along(
    teacher: Person, student: Person, other_student: Person
) -> None:
    course_id = new_course(teacher, student, other_student)
    asg = new_assignment(teacher, course_id)
    submitted(student, asg)
    submitted(other_student, asg)
    while not deletion.delete_some_of_account(student.id):
        pass
    assert not [key for key in keys() if student.id in key]
    course, assignment = find_course(course_id), find_assignment(asg)
    assert course is not None
    assert assignment is not None
    assert (course.enrollment_count, assignment.submission_count) == (1, 1)


def test_a_teachers_account_takes_its_courses_along(teacher: Person, student: Person) -> None:
    course_id = new_course(teacher, student)
    submitted(student, new_assignment(teacher, course_id))
    while not deletion.delete_some_of_account(teacher.id):
        pass
    for _ in range(5):
        deletion.delete_remains(now())
    assert keys() == []
    assert student.client.get(COURSES).data["total"] == 0


def test_a_student_goes_while_its_course_is_being_removed(teacher: Person, student: Person) -> None:
    course_id = new_course(teacher, student)
    submitted(student, new_assignment(teacher, course_id))
    course = find_course(course_id)
    assert course is not None
    deletion.delete_course(course)
    with pytest.raises(ConditionFailed):
        deletion.delete_course(course)
    for _ in range(5):
        deletion.delete_some_of_account(student.id)
    assert deletion.delete_some_of_account(student.id)
    assert not [key for key in keys() if student.id in key]
