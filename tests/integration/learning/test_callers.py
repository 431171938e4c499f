"""Every route of learning by every kind of caller."""

from typing import Any, NamedTuple

import pytest

from functions.learning.handler import handler
from tests.integration.conftest import Callers
from tests.support.http import Client
from tests.support.learning import (
    BLANK,
    CHOICE,
    Person,
    a_person,
    course_body,
    new_assignment,
    new_course,
    stored_batch,
    submitted,
)


class Route(NamedTuple):
    """A route, its body, and what the owner's rivals get: another teacher, another student."""

    method: str
    path: str
    body: Any
    other_teacher: int
    outside_student: int


COURSE = "/api/v1/courses/{course}"
ASG = "/api/v1/assignments/{asg}"
FILE = {"format": "json", "content": "[]"}
ROUTES = [
    Route("POST", "/api/v1/courses", "course", 201, 403),
    Route("GET", "/api/v1/courses", None, 200, 200),
    Route("GET", COURSE, None, 200, 200),
    Route("PUT", COURSE, {"name": "新名"}, 404, 403),
    Route("DELETE", COURSE, None, 404, 403),
    Route("POST", f"{COURSE}/enrollments", None, 404, 201),
    Route("GET", f"{COURSE}/enrollments", None, 404, 403),
    Route("DELETE", f"{COURSE}/enrollments/{{student}}", None, 404, 403),
    Route("POST", f"{COURSE}/assignments", "assignment", 404, 403),
    Route("GET", f"{COURSE}/assignments", None, 404, 403),
    Route("GET", f"{COURSE}/progress", None, 404, 403),
    Route("GET", ASG, None, 404, 404),
    Route("PUT", ASG, {"title": "新题"}, 404, 403),
    Route("DELETE", ASG, None, 404, 403),
    Route("GET", f"{ASG}/export", None, 404, 403),
    Route("POST", f"{ASG}/import", FILE, 400, 403),
    Route("POST", f"{ASG}/submissions", {"answers": {}}, 404, 404),
    Route("GET", f"{ASG}/submissions", None, 404, 404),
    Route("GET", f"{ASG}/submissions/{{sub}}", None, 404, 404),
    Route("POST", "/api/v1/learning/questions/import", FILE, 400, 403),
    Route("GET", "/api/v1/learning/question-batches/{batch}/export", None, 404, 403),
]
IDS = [f"{route.method} {route.path}" for route in ROUTES]
every_route = pytest.mark.parametrize("route", ROUTES, ids=IDS)


@pytest.fixture
def names(teacher: Person, student: Person) -> dict[str, str]:
    """A course with a student, an assignment and what was handed in."""
    course = new_course(teacher, student)
    asg = new_assignment(teacher, course)
    sub = submitted(student, asg, q1="goes")["id"]
    batch = stored_batch(teacher)
    return {"course": course, "asg": asg, "sub": sub, "student": student.id, "batch": batch}


def call(credential: str | None, route: Route, names: dict[str, str]) -> int:
    bodies = {
        "course": course_body(),
        "assignment": {"title": "题", "type": "reading", "questions": [CHOICE, BLANK]},
    }
    body = bodies[route.body] if isinstance(route.body, str) else route.body
    path = route.path.format(**names)
    return Client(handler, credential).call(route.method, path, body=body).status


@every_route
def test_a_caller_without_a_good_credential_is_refused(
    caller: Callers, names: dict[str, str], route: Route
) -> None:
    assert call(None, route, names) == 401
    assert call(caller.expired, route, names) == 401


@every_route
def test_only_teachers_and_students_take_part(
    caller: Callers, names: dict[str, str], route: Route
) -> None:
    for credential in (caller.user, caller.other_user, caller.admin, caller.api_key):
        assert call(credential, route, names) == 403


@every_route
def test_another_teacher_has_no_part_in_a_course(names: dict[str, str], route: Route) -> None:
    assert call(a_person("teacher").client.credential, route, names) == route.other_teacher


@every_route
def test_a_student_who_is_not_enrolled_has_none_either(names: dict[str, str], route: Route) -> None:
    assert call(a_person("student").client.credential, route, names) == route.outside_student


TEACHERS = {
    f"POST {COURSE}/enrollments": 400,  # whom?
    f"POST {ASG}/import": 400,  # no question in it
    f"POST {ASG}/submissions": 403,
    "POST /api/v1/learning/questions/import": 400,
}


@every_route
def test_the_teacher_may_do_all_but_hand_in(
    teacher: Person, names: dict[str, str], route: Route
) -> None:
    expected = TEACHERS.get(f"{route.method} {route.path}")
    status = call(teacher.client.credential, route, names)
    assert status == expected if expected else status in (200, 201)


STUDENTS = {
    f"POST {COURSE}/enrollments",
    f"DELETE {COURSE}/enrollments/{{student}}",
    f"GET {COURSE}/assignments",
    f"GET {COURSE}/progress",
    f"GET {ASG}/submissions",
    f"GET {ASG}/submissions/{{sub}}",
    f"GET {ASG}",
    f"GET {COURSE}",
    "GET /api/v1/courses",
}


@every_route
def test_an_enrolled_student_sees_what_is_its_own(
    student: Person, names: dict[str, str], route: Route
) -> None:
    status = call(student.client.credential, route, names)
    if f"{route.method} {route.path}" in STUDENTS:
        assert status in (200, 201)
    else:
        assert status == (409 if route.path.endswith("/submissions") else 403)
