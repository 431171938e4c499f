"""Teachers, students, courses and assignments as tests need them."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from functions.learning.handler import handler
from shared.core import clock, ids
from shared.data.tasks import Task, store_task
from shared.data.transaction import Transaction
from shared.data.users import Subscription, User, store_user
from tests.support.callers import token_of
from tests.support.http import Client

COURSES = "/api/v1/courses"
ASSIGNMENTS = "/api/v1/assignments"
_numbers = count(1)
CHOICE = {
    "id": "q1",
    "type": "reading",
    "stem": "She ___ home early.",
    "options": ["go", "goes", "gone"],
    "answer": "goes",
    "explanation": "第三人称单数",
    "difficulty": "easy",
    "topic": "时态",
}
BLANK = {"id": "q2", "type": "cloze", "stem": "Twice is two ___.", "answer": ["times", "x"]}
ESSAY = {
    "id": "q3",
    "type": "writing",
    "stem": "Write about your home town.",
    "rubric": [{"line": "内容切题", "points": 60}, {"line": "语言准确", "points": 40}],
}


@dataclass(frozen=True)
class Person:
    """A stored user with roles, signed in to the learning API."""

    id: str
    client: Client


def a_person(*roles: str) -> Person:
    """A stored user with these roles."""
    user_id, now = ids.new_id("user"), clock.iso_ms(clock.now())
    user = User(
        id=user_id,
        email=f"learner{next(_numbers)}@example.com",
        name="小明",
        avatar=None,
        workspace_id=ids.new_id("ws"),
        roles=roles,
        subscription=Subscription(),
        status="active",
        password_hash=None,
        generation=1,
        version=1,
        created_at=now,
        updated_at=now,
    )
    transaction = Transaction()
    store_user(transaction, user)
    transaction.commit()
    return Person(user_id, Client(handler, token_of(user_id, roles)))


def course_body(**fields: Any) -> dict[str, Any]:
    """A good body of POST /courses, with a code nobody has."""
    body = {"name": "四级冲刺", "code": f"CET4-{next(_numbers):03}", "total_hours": 48}
    return {**body, **fields}


def new_course(teacher: Person, *students: Person, **fields: Any) -> str:
    """A course of the teacher with these students; its id."""
    answer = teacher.client.post(COURSES, course_body(**fields))
    assert answer.status == 201, answer.text
    course_id: str = answer.data["id"]
    for student in students:
        assert student.client.post(f"{COURSES}/{course_id}/enrollments").status == 201
    return course_id


def new_assignment(teacher: Person, course_id: str, *questions: Any, **fields: Any) -> str:
    """An assignment of the course; its id."""
    body = {"title": "第一周", "type": "reading", "questions": list(questions or (CHOICE, BLANK))}
    answer = teacher.client.post(f"{COURSES}/{course_id}/assignments", {**body, **fields})
    assert answer.status == 201, answer.text
    assignment_id: str = answer.data["id"]
    return assignment_id


def submitted(student: Person, assignment_id: str, **answers: Any) -> Any:
    """What comes of handing in these answers."""
    path = f"{ASSIGNMENTS}/{assignment_id}/submissions"
    answer = student.client.post(path, {"answers": answers})
    assert answer.status == 201, answer.text
    return answer.data


def stored_batch(owner: Person, status: str = "completed", kind: str = "questions") -> str:
    """A task that made two questions; its id."""
    now = clock.iso_ms(clock.now())
    made = {"questions": [CHOICE, BLANK], "requested": 2, "produced": 2, "errors": []}
    task = Task(
        id=ids.new_id("task"),
        owner_id=owner.id,
        type=kind,
        status=status,  # type: ignore[arg-type]
        input={},
        created_at=now,
        deadline=now,
        call_id=ids.new_id("call"),
        budget_month="2026-11",
        price_micro=0,
        price_version="test",
        provider="builtin",
        model="builtin",
        result=made if status == "completed" else None,
    )
    transaction = Transaction()
    store_task(transaction, task)
    transaction.commit()
    return task.id
