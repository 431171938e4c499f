"""A teacher's path over the gateway, as far as it goes without a model."""

import uuid
from typing import Any

import httpx

from tests.e2e import flows
from tests.e2e.conftest import System

QUESTIONS = [
    {
        "type": "reading",
        "stem": "She ___ home early.",
        "options": ["go", "goes", "gone"],
        "answer": "B",
        "explanation": "第三人称单数",
    },
    {"type": "cloze", "stem": "Twice is two ___.", "answer": "times"},
]


def with_role(system: System, role: str) -> tuple[str, httpx.Client]:
    """A new user to whom the admin gives a role, signed in with it."""
    body = {"email": f"{uuid.uuid4().hex}@example.com", "password": "correct-horse-42"}
    anonymous = system.anonymous()
    made = flows.data(anonymous.post("/auth/register", json={**body, "name": "测试"}), 201)
    user_id: str = made["user"]["id"]
    flows.data(system.demo_admin().put(f"/users/{user_id}", json={"roles": [role]}))
    return user_id, system.signed_in(**body)


def _course(teacher: httpx.Client) -> dict[str, Any]:
    code = f"CET4-{uuid.uuid4().hex[:8].upper()}"
    body = {"name": "四级冲刺", "code": code, "total_hours": 48, "description": "真题精讲"}
    made: dict[str, Any] = flows.data(teacher.post("/courses", json=body), 201)
    return made


def test_a_teacher_gives_a_course_and_sees_what_comes_of_it(system: System) -> None:
    _, teacher = with_role(system, "teacher")
    first_id, first = with_role(system, "student")
    second_id, second = with_role(system, "student")
    flows.error(first.post("/courses", json={}), 403, "FORBIDDEN")

    course = _course(teacher)
    path = f"/courses/{course['id']}"
    flows.data(first.post(f"{path}/enrollments"), 201)
    both = {"student_ids": [first_id, second_id]}
    enrolled = flows.data(teacher.post(f"{path}/enrollments", json=both), 201)
    assert (enrolled["added"], enrolled["enrollment_count"]) == (1, 2)

    file = {"format": "json", "content": '{"questions": []}'}
    flows.error(teacher.post("/learning/questions/import", json=file), 400, "INVALID_REQUEST")
    body = {"title": "第一周", "type": "reading", "questions": QUESTIONS}
    made = flows.data(teacher.post(f"{path}/assignments", json=body), 201)
    assignment = f"/assignments/{made['id']}"
    gift = flows.data(teacher.get(f"{assignment}/export", params={"format": "gift"}))
    assert "=goes" in gift["content"]

    shown = flows.data(first.get(assignment))["questions"]
    assert all("answer" not in question for question in shown)
    answers = {shown[0]["id"]: "goes", shown[1]["id"]: "once"}
    handed_in = flows.data(first.post(f"{assignment}/submissions", json={"answers": answers}), 201)
    assert (handed_in["score"], handed_in["status"]) == (50.0, "marked")
    again = first.post(f"{assignment}/submissions", json={"answers": answers})
    flows.error(again, 409, "CONFLICT")

    assert flows.data(first.get(f"{path}/progress"))["average"] == 50.0
    everybody = flows.data(teacher.get(f"{path}/progress"))["items"]
    assert {each["user_id"]: each["completed_assignments"] for each in everybody} == {
        first_id: 1, second_id: 0,
    }  # fmt: skip

    assert flows.data(teacher.delete(path)) is None
    flows.error(second.get(assignment), 404, "NOT_FOUND")
