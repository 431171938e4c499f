"""Assignments, what is handed in, its marks, and what comes of a term of them."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from shared.core import clock
from shared.data.assignments import find_assignment
from shared.data.submissions import find_place
from shared.learning.analysis import apply_analysis
from tests.support.at_once import at_once
from tests.support.callers import token_of
from tests.support.learning import (
    ASSIGNMENTS,
    BLANK,
    CHOICE,
    COURSES,
    ESSAY,
    Person,
    new_assignment,
    new_course,
    stored_batch,
    submitted,
)

HIDDEN = ("goes", "第三人称单数", "times")


@pytest.fixture
def course_id(teacher: Person, student: Person, other_student: Person) -> str:
    return new_course(teacher, student, other_student)


def test_answers_are_shown_to_a_student_after_its_own_submission_only(
    teacher: Person, student: Person, other_student: Person, course_id: str
) -> None:
    asg = new_assignment(teacher, course_id, {**CHOICE, "options": ["go", "goes", "g"]}, BLANK)
    path = f"{ASSIGNMENTS}/{asg}"
    before = student.client.get(path)
    assert [question["id"] for question in before.data["questions"]] == ["q1", "q2"]
    for question in before.data["questions"]:
        assert not {"answer", "explanation"} & question.keys()
    assert HIDDEN[1] not in before.text
    result = submitted(student, asg, q1="B", q2="Times.")
    assert result["results"][0]["answer"] == "goes"
    assert student.client.get(path).data["questions"][0]["answer"] == "goes"
    assert HIDDEN[1] not in other_student.client.get(path).text
    assert teacher.client.get(path).data["questions"][0]["answer"] == "goes"


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        ({"q1": "goes", "q2": "times"}, 100.0),
        ({"q1": "B", "q2": " TIMES "}, 100.0),
        ([{"question_id": "q1", "answer": "goes"}], 50.0),
        ({"q1": ["goes", "go"], "q2": "ｘ"}, 50.0),
        ({}, 0.0),
    ],
)
def test_what_is_right_or_wrong_is_marked_at_once(
    teacher: Person, student: Person, course_id: str, answers: Any, score: float
) -> None:
    asg = new_assignment(teacher, course_id)
    made = student.client.post(f"{ASSIGNMENTS}/{asg}/submissions", {"answers": answers})
    assert (made.status, made.data["status"], made.data["score"]) == (201, "marked", score)


def test_an_assignment_is_handed_in_once_however_often_it_is_sent(
    teacher: Person, student: Person, course_id: str
) -> None:
    asg = new_assignment(teacher, course_id)
    path = f"{ASSIGNMENTS}/{asg}/submissions"
    send = partial(student.client.post, path, {"answers": {"q1": "goes"}})
    assert sorted(answer.status for answer in at_once([send] * 5)) == [201, 409, 409, 409, 409]
    stored = find_assignment(asg)
    assert stored is not None
    assert stored.submission_count == 1
    page = teacher.client.get(path).data
    assert (page["total"], page["items"][0]["student_name"]) == (1, "小明")
    assert teacher.client.get(path, page=2).data["items"] == []


def test_answers_to_what_was_not_asked_are_refused(
    teacher: Person, student: Person, course_id: str
) -> None:
    asg = new_assignment(teacher, course_id)
    body = {"answers": {"q9": "x"}}
    answer = student.client.post(f"{ASSIGNMENTS}/{asg}/submissions", body)
    assert (answer.status, answer.error["details"]["field"]) == (400, "answers")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"questions": None}, "questions"),
        ({"question_batch_id": "task_01JAAAAAAAAAAAAAAAAAAAAAAA"}, "question_batch_id"),
        ({"questions": [{**CHOICE, "answer": ""}]}, "questions.0.answer"),
        ({"questions": [{**CHOICE, "answer": "D"}]}, "questions.0.answer"),
        ({"questions": [CHOICE, {**CHOICE, "options": ["x", "x"]}]}, "questions.1.options"),
        ({"questions": [{**CHOICE, "options": ["x"]}]}, "questions.0.options"),
        ({"questions": [{**CHOICE, "type": "writing"}]}, "questions.0.options"),
        ({"questions": [{**CHOICE, "id": "q"}] * 2}, "questions"),
    ],
)
def test_a_refused_assignment_names_the_field(
    teacher: Person, course_id: str, changes: dict[str, Any], field: str
) -> None:
    body = {"title": "题", "type": "mixed", "questions": [CHOICE], **changes}
    answer = teacher.client.post(f"{COURSES}/{course_id}/assignments", body)
    assert (answer.status, answer.error["details"]["field"]) == (400, field)


def test_students_see_their_own_submission_and_teachers_all(
    teacher: Person, student: Person, other_student: Person, course_id: str
) -> None:
    asg = new_assignment(teacher, course_id)
    path = f"{ASSIGNMENTS}/{asg}/submissions"
    assert student.client.get(path).data["items"] == []
    mine, theirs = submitted(student, asg), submitted(other_student, asg)
    assert [each["id"] for each in student.client.get(path).data["items"]] == [mine["id"]]
    listed = [each["id"] for each in teacher.client.get(path).data["items"]]
    assert listed == [theirs["id"], mine["id"]]
    assert student.client.get(f"{path}/{theirs['id']}").status == 404
    assert teacher.client.get(f"{path}/{mine['id']}").data == mine


def test_questions_stay_as_they_are_once_somebody_answered_them(
    teacher: Person, student: Person, course_id: str
) -> None:
    asg = new_assignment(teacher, course_id)
    path = f"{ASSIGNMENTS}/{asg}"
    changed = teacher.client.put(path, {"questions": [BLANK], "type": "mixed"}).data
    assert (changed["question_count"], changed["type"], changed["title"]) == (1, "mixed", "第一周")
    submitted(student, asg, q2="times")
    for body in ({"questions": [CHOICE]}, {"type": "reading"}):
        assert teacher.client.put(path, body).status == 409
    later = {"title": "第二周", "due_at": "2030-01-01T08:00:00+08:00", "questions": [BLANK]}
    after = teacher.client.put(path, later).data
    assert (after["title"], after["due_at"]) == ("第二周", "2030-01-01T00:00:00Z")


def test_a_late_submission_is_taken_and_says_so(
    teacher: Person, student: Person, other_student: Person, course_id: str
) -> None:
    past = new_assignment(teacher, course_id, due_at="2020-01-01T00:00:00Z")
    assert submitted(student, past)["late"] is True
    future = new_assignment(teacher, course_id, due_at="2090-01-01T00:00:00Z")
    assert submitted(other_student, future)["late"] is False


def test_a_written_answer_is_marked_by_its_analysis_once(
    teacher: Person, student: Person, course_id: str
) -> None:
    asg = new_assignment(teacher, course_id, CHOICE, ESSAY, type="mixed")
    made = submitted(student, asg, q1="goes", q3="My home town is small.")
    assert (made["status"], made["score"]) == ("analysing", None)
    assert made["results"][1]["points"] is None
    told = {"q3": {"score": 81, "summary": "不错"}, "q1": {"score": 0}}
    marked = apply_analysis(made["id"], told)
    assert marked is not None
    assert (marked.status, marked.score, marked.points["q1"]) == ("marked", 90.5, 100)
    assert apply_analysis(made["id"], {"q3": {"score": 1}}) == marked
    shown = student.client.get(f"{ASSIGNMENTS}/{asg}/submissions/{made['id']}").data
    assert shown["analyses"]["q3"]["summary"] == "不错"
    own = student.client.get(f"{COURSES}/{course_id}/progress").data
    assert own["average"] == 90.5


def test_a_blank_essay_has_nothing_and_needs_no_model(
    teacher: Person, student: Person, course_id: str
) -> None:
    asg = new_assignment(teacher, course_id, ESSAY, type="writing")
    made = submitted(student, asg, q3="  \n")
    assert (made["status"], made["score"], made["task_id"]) == ("marked", 0.0, None)


def test_questions_come_from_a_batch_and_go_as_files(
    teacher: Person, student: Person, course_id: str
) -> None:
    batch = stored_batch(teacher)
    body = {"title": "题库", "type": "mixed", "question_batch_id": batch}
    path = f"{COURSES}/{course_id}/assignments"
    made = teacher.client.post(path, body)
    assert (made.status, made.data["question_count"]) == (201, 2)
    asg = f"{ASSIGNMENTS}/{made.data['id']}"
    for name in ("json", "csv", "gift"):
        of_batch = f"/api/v1/learning/question-batches/{batch}/export"
        file = teacher.client.get(of_batch, format=name).data
        assert file["content"] == teacher.client.get(f"{asg}/export", format=name).data["content"]
        sent = {"format": name, "content": file["content"]}
        read = teacher.client.post("/api/v1/learning/questions/import", sent).data
        assert read["questions"] == made.data["questions"]
        imported = teacher.client.post(f"{asg}/import", sent)
        assert imported.data["questions"] == made.data["questions"]
    broken = teacher.client.post(f"{asg}/import", {"format": "gift", "content": "What?"})
    assert broken.error["details"]["field"] == "content"
    both = teacher.client.post(path, {**body, "questions": [CHOICE]})
    assert both.status == 400


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({"status": "processing"}, 409), ({"status": "failed"}, 409), ({"kind": "image"}, 404)],
)
def test_a_batch_that_made_no_questions_makes_no_assignment(
    teacher: Person, course_id: str, fields: dict[str, str], expected: int
) -> None:
    body = {"title": "题", "type": "mixed", "question_batch_id": stored_batch(teacher, **fields)}
    answer = teacher.client.post(f"{COURSES}/{course_id}/assignments", body)
    assert answer.status == expected


def test_progress_is_by_type_and_by_week(
    teacher: Person, student: Person, other_student: Person, course_id: str
) -> None:
    kinds = ("reading", "listening", "reading")
    names = [new_assignment(teacher, course_id, type=kind) for kind in kinds]
    days = (2, 3, 10)
    given = ({"q1": "goes"}, {"q1": "goes", "q2": "times"}, {})
    for name, day, answers in zip(names, days, given, strict=True):
        moment = datetime(2030, 12, day, tzinfo=UTC).timestamp()
        with clock.travelling(lambda at=moment: at):
            assert _submit_at(student, name, answers) == 201
    path = f"{COURSES}/{course_id}/progress"
    own = student.client.get(path).data
    assert (own["completed_assignments"], own["total_assignments"], own["average"]) == (3, 3, 50.0)
    assert own["by_type"] == {
        "listening": {"completed": 1, "average": 100.0},
        "reading": {"completed": 2, "average": 25.0},
    }
    assert own["trend"] == [
        {"week": "2030-12-02", "completed": 2, "average": 75.0, "change": None},
        {"week": "2030-12-09", "completed": 1, "average": 0.0, "change": -75.0},
    ]
    page = teacher.client.get(path).data
    assert [each["user_id"] for each in page["items"]] == [other_student.id, student.id]
    assert page["items"][0]["average"] is None
    assert page["items"][1]["average"] == 50.0
    assert teacher.client.get(path, page=3).data["items"] == []


def _submit_at(student: Person, assignment_id: str, answers: dict[str, str]) -> int:
    fresh = student.client.as_caller(token_of(student.id, ["student"]))
    path = f"{ASSIGNMENTS}/{assignment_id}/submissions"
    return fresh.post(path, {"answers": answers}).status


def test_a_deleted_assignment_takes_its_submissions_along(
    teacher: Person, student: Person, course_id: str
) -> None:
    asg = new_assignment(teacher, course_id)
    made = submitted(student, asg)
    assert teacher.client.delete(f"{ASSIGNMENTS}/{asg}").status == 200
    assert student.client.get(f"{ASSIGNMENTS}/{asg}").status == 404
    assert find_place(made["id"]) is None
    assert teacher.client.get(f"{COURSES}/{course_id}/assignments").data["total"] == 0
