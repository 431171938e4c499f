"""A teacher's whole path over the gateway: from a course to what its students have learnt."""

import json
import uuid
from typing import Any

import httpx
import pytest

from tests.e2e import flows
from tests.e2e.conftest import System
from tests.e2e.test_learning import with_role

RUBRIC = [{"line": "内容切题", "points": 8}, {"line": "语言准确", "points": 7}]
ESSAY = {"id": "essay", "type": "writing", "stem": "Write about your home town.", "rubric": RUBRIC}
TEXT = "My home town is small. He like it there."
ANALYSIS = {
    "summary": "整体可读。",
    "errors": [{"text": "He like", "correction": "I like", "reason": "人称"}],
    "suggestions": ["多用连接词"],
    "rubric": [
        {"line": 1, "points": 6, "quote": "内容切题", "reason": "切题"},
        {"line": 2, "points": 3, "quote": "语言准确", "reason": "错误较多"},
    ],
}
WEEKS = [
    {"week": 1, "title": "听力", "hours": 20, "goals": ["听懂"], "activities": ["精听"]},
    {"week": 2, "title": "写作", "hours": 28, "goals": ["会写"], "activities": ["范文"]},
]


def model_says(system: System, *contents: Any) -> None:
    order = {"reset": True, "contents": [json.dumps(each) for each in contents]}
    answer = httpx.post(f"{system.simulator}/_control", json=order, trust_env=False)
    answer.raise_for_status()


def ended(client: httpx.Client, task_id: str) -> dict[str, Any]:
    return flows.final(client, f"/tasks/{task_id}")


def result_of(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    accepted = flows.data(client.post(f"/learning/{path}", json=body), 201)
    task = ended(client, accepted["task_id"])
    assert task["status"] == "completed", task
    return {"task_id": task["id"], **task["result"]}


@pytest.fixture
def course(system: System) -> tuple[httpx.Client, str, list[tuple[str, httpx.Client]]]:
    """A teacher, its course of 48 hours, and two enrolled students."""
    _, teacher = with_role(system, "teacher")
    students = [with_role(system, "student") for _ in range(2)]
    code = f"CET4-{uuid.uuid4().hex[:8].upper()}"
    body = {"name": "四级写作", "code": code, "total_hours": 48}
    made = flows.data(teacher.post("/courses", json=body), 201)
    ids = {"student_ids": [user_id for user_id, _ in students]}
    enrolled = flows.data(teacher.post(f"/courses/{made['id']}/enrollments", json=ids), 201)
    assert enrolled["enrollment_count"] == 2
    return teacher, made["id"], students


def questions_of_a_batch(teacher: httpx.Client, path: str) -> list[dict[str, Any]]:
    """A batch, as an assignment of the course, and as a file that is read again."""
    wanted = {"type": "cloze", "count": 12, "model": "builtin"}
    batch = result_of(teacher, "question-batches", wanted)
    assert (batch["requested"], batch["produced"], batch["errors"]) == (12, 12, [])
    whole = {"title": "词汇", "type": "mixed", "question_batch_id": batch["task_id"]}
    assert flows.data(teacher.post(f"{path}/assignments", json=whole), 201)["question_count"] == 12

    exported = f"/learning/question-batches/{batch['task_id']}/export"
    file = flows.data(teacher.get(exported, params={"format": "json"}))
    read = {"format": "json", "content": file["content"]}
    found: list[dict[str, Any]] = flows.data(teacher.post("/learning/questions/import", json=read))[
        "questions"
    ]
    return found


def shown_analysis(teacher: httpx.Client, path: str) -> dict[str, Any]:
    """What the teacher sees of a written answer."""
    marked = flows.data(teacher.get(path))
    assert (marked["status"], marked["score"]) == ("marked", 80.0)
    found: dict[str, Any] = marked["analyses"]["essay"]
    return found


def test_from_the_course_to_what_was_learnt(system: System, course: Any) -> None:
    teacher, course_id, ((first_id, first), (second_id, second)) = course
    path = f"/courses/{course_id}"

    model_says(system, {"weeks": WEEKS[:1]}, {"weeks": WEEKS})
    syllabus = result_of(teacher, "syllabi", {"course_id": course_id, "weeks": 2})
    assert (syllabus["total_hours"], syllabus["weeks"]) == (48, WEEKS)

    question = questions_of_a_batch(teacher, path)[0]
    body = {"title": "第一周", "type": "mixed", "questions": [question, ESSAY]}
    assignment = flows.data(teacher.post(f"{path}/assignments", json=body), 201)

    model_says(system, ANALYSIS, {"sound": True, "problems": []})
    hand_in = f"/assignments/{assignment['id']}/submissions"
    right = {question["id"]: question["answer"]}
    written = {"answers": {**right, "essay": TEXT}}
    made = flows.data(first.post(hand_in, json=written), 201)
    assert (made["status"], made["score"]) == ("analysing", None)
    blank = flows.data(second.post(hand_in, json={"answers": {**right, "essay": "  "}}), 201)
    assert (blank["status"], blank["score"], blank["task_id"]) == ("marked", 50.0, None)

    assert ended(first, made["task_id"])["status"] == "completed"
    analysis = shown_analysis(teacher, f"{hand_in}/{made['id']}")
    assert (analysis["score"], analysis["errors"][0]["text"]) == (60.0, "He like")
    quoted = [{"line": line["quote"], "points": line["of"]} for line in analysis["rubric"]]
    assert quoted == RUBRIC

    own = flows.data(first.get(f"{path}/progress"))
    assert (own["completed_assignments"], own["total_assignments"], own["average"]) == (1, 2, 80.0)
    assert own["by_type"] == {"mixed": {"completed": 1, "average": 80.0}}
    everybody = flows.data(teacher.get(f"{path}/progress"))["items"]
    assert {each["user_id"]: each["average"] for each in everybody} == {
        first_id: 80.0,
        second_id: 50.0,
    }
    assert len(own["trend"]) == 1
