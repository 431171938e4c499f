"""What is written is analysed: the task is stored with the submission, which names it."""

from contextlib import suppress
from typing import Any

import pytest

from functions.tasks.handler import handler as tasks
from shared.data.submissions import find_place, find_submission
from shared.data.tasks import find_task, find_tasks
from shared.ledger import ledger
from tests.support.faults import Killed, dying_at
from tests.support.http import Client
from tests.support.jobs import post, run_job
from tests.support.learning import (
    ASSIGNMENTS,
    CHOICE,
    COURSES,
    ESSAY,
    Person,
    a_person,
    new_assignment,
    new_course,
    submitted,
)

TEXT = "My home town is small. He like it."


@pytest.fixture
def assignment(teacher: Person, student: Person) -> str:
    return new_assignment(teacher, new_course(teacher, student), CHOICE, ESSAY, type="mixed")


def of_tasks(person: Person) -> Client:
    return Client(tasks, person.client.credential)


def shown(person: Person, made: dict[str, Any]) -> dict[str, Any]:
    path = f"{ASSIGNMENTS}/{made['assignment_id']}/submissions/{made['id']}"
    found: dict[str, Any] = person.client.get(path).data
    return found


def without_task(student: Person, assignment: str) -> dict[str, Any]:
    """A submission whose student has no budget for its analysis."""
    ledger.set_budget(student.id, -1, "block")
    made: dict[str, Any] = submitted(student, assignment, q1="goes", q3=TEXT)
    ledger.set_budget(student.id, 10**9, "block")
    return made


def test_a_submission_names_the_task_that_marks_it(
    teacher: Person, student: Person, assignment: str
) -> None:
    made = submitted(student, assignment, q1="goes", q3=TEXT)
    assert made["status"] == "analysing"
    task = find_task(student.id, made["task_id"])
    assert task is not None
    assert (task.type, task.input["submission_id"]) == ("analysis", made["id"])
    assert run_job(task).status == "completed"
    marked = shown(teacher, made)
    assert (marked["status"], marked["task_id"]) == ("marked", task.id)
    assert marked["score"] == (100 + marked["analyses"]["q3"]["score"]) / 2


@pytest.mark.parametrize("after", [False, True])
def test_whenever_the_process_dies_there_is_no_submission_without_its_task(
    student: Person, assignment: str, monkeypatch: pytest.MonkeyPatch, *, after: bool
) -> None:
    path = f"{ASSIGNMENTS}/{assignment}/submissions"
    stored = []
    for number in range(40):
        with dying_at(monkeypatch, number, after=after) as made, suppress(Killed):
            student.client.post(path, {"answers": {"q3": TEXT}})
        found = student.client.get(path).data["items"]
        tasks_of = list(find_tasks(student.id, None).tasks)
        assert [each["task_id"] for each in found] == [task.id for task in tasks_of]
        stored.append(bool(found))
        if len(made) <= number:
            break
    assert stored[0] is False
    assert stored[-1] is True


def test_a_repeat_gives_the_submission_and_its_one_task(student: Person, assignment: str) -> None:
    path = f"{ASSIGNMENTS}/{assignment}/submissions"
    body, key = {"answers": {"q3": TEXT}}, {"Idempotency-Key": "once"}
    first, second = (
        student.client.call("POST", path, body=body, headers=key).data for _ in range(2)
    )
    assert first == second
    assert find_tasks(student.id, None).total == 1


def test_a_used_up_budget_turns_no_work_away(student: Person, assignment: str) -> None:
    made = without_task(student, assignment)
    assert (made["status"], made["task_id"], made["score"]) == ("analysing", None, None)
    assert find_tasks(student.id, None).total == 0


@pytest.mark.parametrize("who", ["student", "teacher"])
def test_an_analysis_that_is_asked_for_later_is_named_and_marks(
    teacher: Person, student: Person, assignment: str, who: str
) -> None:
    made = without_task(student, assignment)
    asking = {"student": student, "teacher": teacher}[who]
    asked = post(of_tasks(asking), "analyses", submission_id=made["id"])
    assert asked.status == 201, asked.text
    assert shown(student, made)["task_id"] == asked.data["task_id"]
    task = find_task(asking.id, asked.data["task_id"])
    assert task is not None
    assert run_job(task).status == "completed"
    assert shown(student, made)["status"] == "marked"


def test_what_is_marked_is_not_analysed_again(student: Person, assignment: str) -> None:
    made = submitted(student, assignment, q1="goes", q3=" ")
    assert made["status"] == "marked"
    refused = post(of_tasks(student), "analyses", submission_id=made["id"])
    assert (refused.status, refused.error["details"]["field"]) == (400, "submission_id")


def test_naming_a_task_and_marking_at_once_lose_neither(student: Person, assignment: str) -> None:
    made = without_task(student, assignment)
    client = of_tasks(student)
    names = [post(client, "analyses", submission_id=made["id"]).data["task_id"] for _ in range(2)]
    first, second = (find_task(student.id, name) for name in names)
    assert first is not None
    assert second is not None
    assert run_job(first).status == run_job(second).status == "completed"
    place = find_place(made["id"])
    assert place is not None
    kept = find_submission(place.assignment_id, made["id"])
    assert kept is not None
    assert (kept.status, kept.task_id) == ("marked", names[1])


def test_writing_has_a_rubric_of_its_own_or_of_the_assignment(
    teacher: Person, student: Person
) -> None:
    course = new_course(teacher, student)
    bare = {**ESSAY, "rubric": []}
    path = f"{COURSES}/{course}/assignments"
    body = {"title": "写作", "type": "mixed", "questions": [CHOICE, bare]}
    refused = teacher.client.post(path, body)
    assert (refused.status, refused.error["details"]["field"]) == (400, "questions.1.rubric")
    lines = [{"line": "语言准确", "points": 15}]
    made = teacher.client.post(path, {**body, "rubric": lines})
    assert [each["rubric"] for each in made.data["questions"]] == [[], lines]
    kept = teacher.client.post(path, {**body, "questions": [ESSAY], "rubric": lines}).data
    assert kept["questions"][0]["rubric"] == ESSAY["rubric"]
    changed = teacher.client.put(f"{ASSIGNMENTS}/{made.data['id']}", {"questions": [bare]})
    assert changed.error["details"]["field"] == "questions.0.rubric"


def test_nobody_else_has_a_submission_analysed(
    teacher: Person, student: Person, other_student: Person, assignment: str
) -> None:
    made = without_task(student, assignment)
    for stranger in (other_student, a_person("teacher"), a_person(), a_person("admin")):
        refused = post(of_tasks(stranger), "analyses", submission_id=made["id"])
        assert (refused.status, refused.error["details"]["field"]) == (400, "submission_id")
    assert shown(teacher, made)["task_id"] is None
