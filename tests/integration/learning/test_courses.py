"""Courses and who is in them."""

from functools import partial

import pytest

from shared.data.courses import find_course
from tests.support.at_once import at_once
from tests.support.learning import COURSES, Person, a_person, course_body, new_course

STUDENTS_AT_ONCE = 24


def count_of(course_id: str) -> int:
    course = find_course(course_id)
    assert course is not None
    return course.enrollment_count


def enrol(student: Person, course_id: str) -> int:
    return student.client.post(f"{COURSES}/{course_id}/enrollments").status


def test_a_course_has_its_teacher_and_nobody_in_it(teacher: Person) -> None:
    made = teacher.client.post(COURSES, course_body(code="CET4-001", description="真题"))
    assert made.status == 201
    assert made.data["teacher"] == {"id": teacher.id, "name": "小明"}
    assert made.data["enrollment_count"] == 0
    assert made.data["id"].startswith("course_")
    assert teacher.client.get(f"{COURSES}/{made.data['id']}").data == made.data


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "x" * 121), ("code", "cet4"), ("code", "CET4_001"),
        ("total_hours", 0), ("total_hours", 1001), ("total_hours", 1.5), ("teacher", "me"),
    ],
)  # fmt: skip
def test_fields_out_of_range_are_refused_by_name(
    teacher: Person, field: str, value: object
) -> None:
    answer = teacher.client.post(COURSES, course_body(**{field: value}))
    assert answer.status == 400
    assert answer.error["details"]["field"] == field


def test_of_courses_made_at_once_with_one_code_one_is_made(teacher: Person) -> None:
    body = course_body(code="CET4-777")
    answers = at_once([partial(teacher.client.post, COURSES, body) for _ in range(6)])
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert teacher.client.get(COURSES).data["total"] == 1


def test_a_code_moves_with_its_course(teacher: Person) -> None:
    first, second = new_course(teacher, code="CET4-1"), new_course(teacher, code="CET4-2")
    taken = teacher.client.put(f"{COURSES}/{second}", {"code": "CET4-1"})
    assert taken.status == 409
    moved = teacher.client.put(f"{COURSES}/{first}", {"code": "CET4-3"}).data
    assert (moved["code"], moved["name"]) == ("CET4-3", "四级冲刺")
    assert teacher.client.put(f"{COURSES}/{second}", {"code": "CET4-1"}).status == 200
    assert teacher.client.delete(f"{COURSES}/{second}").status == 200
    assert teacher.client.post(COURSES, course_body(code="CET4-1")).status == 201


def test_one_idempotency_key_makes_one_course(teacher: Person) -> None:
    body = course_body()
    answers = [teacher.client.post(COURSES, body, idempotency_key="k1") for _ in range(2)]
    assert answers[0].data == answers[1].data
    assert answers[1].headers["idempotent-replay"] == "true"


def test_lists_are_of_all_courses_or_of_ones_own(teacher: Person, student: Person) -> None:
    other = a_person("teacher")
    mine, theirs = new_course(teacher, student), new_course(other)
    assert [each["id"] for each in student.client.get(COURSES).data["items"]] == [theirs, mine]
    for person, own in ((teacher, mine), (other, theirs), (student, mine)):
        page = person.client.get(COURSES, scope="mine").data
        assert ([each["id"] for each in page["items"]], page["total"]) == ([own], 1)
    past = teacher.client.get(COURSES, page=9).data
    assert (past["items"], past["total"]) == ([], 2)
    assert student.client.get(COURSES, page=2, page_size=1).data["items"][0]["id"] == mine


def test_students_who_enrol_at_once_are_all_counted(teacher: Person) -> None:
    course_id = new_course(teacher)
    students = [a_person("student") for _ in range(STUDENTS_AT_ONCE)]
    calls = [partial(enrol, student, course_id) for student in students]
    assert set(at_once(calls)) == {201}
    assert count_of(course_id) == STUDENTS_AT_ONCE


def test_a_student_who_enrols_twice_counts_once(teacher: Person, student: Person) -> None:
    course_id = new_course(teacher)
    assert set(at_once([partial(enrol, student, course_id)] * 8)) == {201}
    assert count_of(course_id) == 1


def test_a_teacher_enrols_many_and_only_students(teacher: Person, student: Person) -> None:
    course_id = new_course(teacher, student)
    others = [a_person("student").id for _ in range(60)]
    path = f"{COURSES}/{course_id}/enrollments"
    stranger = a_person().id
    refused = teacher.client.post(path, {"student_ids": [*others, stranger]})
    assert refused.status == 400
    assert stranger in refused.error["details"]["reason"]
    assert count_of(course_id) == 1
    added = teacher.client.post(path, {"student_ids": [student.id, *others, others[0]]}).data
    assert (added["added"], added["enrollment_count"]) == (60, 61)
    page = teacher.client.get(path, page=2, page_size=50).data
    assert (len(page["items"]), page["total"]) == (11, 61)
    assert teacher.client.get(path, page=9).data["items"] == []


def test_a_student_brings_nobody_else(teacher: Person, student: Person) -> None:
    path = f"{COURSES}/{new_course(teacher)}/enrollments"
    assert student.client.post(path, {"student_ids": [a_person("student").id]}).status == 403
    assert student.client.post(path, {"student_ids": [student.id]}).status == 201


def test_leaving_is_counted_once(teacher: Person, student: Person, other_student: Person) -> None:
    course_id = new_course(teacher, student, other_student)
    path = f"{COURSES}/{course_id}/enrollments/{student.id}"
    assert other_student.client.delete(path).status == 403
    answers = at_once([partial(teacher.client.delete, path)] * 4)
    assert sorted(answer.status for answer in answers) == [200, 404, 404, 404]
    assert count_of(course_id) == 1
    assert student.client.get(COURSES, scope="mine").data["total"] == 0
    assert other_student.client.delete(path.replace(student.id, other_student.id)).status == 200
    assert count_of(course_id) == 0


def test_enrolling_beside_a_deletion_leaves_no_count_behind(teacher: Person) -> None:
    course_id = new_course(teacher)
    students = [a_person("student") for _ in range(6)]
    deleted = partial(_delete, teacher, course_id)
    statuses = at_once([deleted, *(partial(enrol, each, course_id) for each in students)])
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {201, 404}
    assert find_course(course_id) is None
    for each in students:
        assert each.client.get(COURSES, scope="mine").data["items"] == []


def _delete(teacher: Person, course_id: str) -> int:
    return teacher.client.delete(f"{COURSES}/{course_id}").status
