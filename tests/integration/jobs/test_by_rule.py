"""Jobs without a key: made by rule, marked as such, the same every time."""

import pytest

from tests.support.jobs import ESSAY, RUBRIC, new_job, post, run_job
from tests.support.ledger import stored_lines


@pytest.mark.parametrize("kind", ["vocabulary", "cloze", "reading"])
def test_a_batch_by_rule_is_whole_marked_and_free(client, caller, kind: str) -> None:
    task = run_job(new_job(client, caller.user_id, "question-batches", type=kind, count=15))
    assert task.status == "completed", task
    result = task.result
    assert result["generated_by"] == "builtin"
    assert result["notice"]
    assert (result["requested"], result["produced"], result["errors"]) == (15, 15, [])
    stems = {question["stem"] for question in result["questions"]}
    assert len(stems) == 15
    for question in result["questions"]:
        assert question["answer"] in question["options"]
        assert question["explanation"]
        assert question["type"] == kind
    assert stored_lines(caller.user_id) == []


def test_the_same_batch_is_made_again(client, caller) -> None:
    def stems() -> list[str]:
        job = new_job(client, caller.user_id, "question-batches", type="cloze", count=12)
        return [question["stem"] for question in run_job(job).result["questions"]]

    assert stems() == stems()


def test_what_the_material_does_not_give_is_told(client, caller) -> None:
    job = new_job(client, caller.user_id, "question-batches", type="reading", count=40)
    result = run_job(job).result
    assert (result["requested"], result["produced"]) == (40, 16)
    assert {error["code"] for error in result["errors"]} == {"NOT_ENOUGH_MATERIAL"}


@pytest.mark.parametrize("kind", ["listening", "translation", "writing"])
def test_what_needs_a_model_is_refused_without_one(client, kind: str) -> None:
    answer = post(client, "question-batches", type=kind, count=3)
    assert answer.status == 400
    assert answer.error["details"]["field"] == "type"


@pytest.mark.parametrize(("weeks", "hours"), [(1, 1), (7, 32), (16, 64), (52, 1000)])
def test_a_syllabus_adds_up_to_its_hours(client, caller, weeks: int, hours: int) -> None:
    goals = ["提高听力", "学会写作"]
    job = new_job(client, caller.user_id, "syllabi", weeks=weeks, hours=hours, goals=goals)
    result = run_job(job).result
    assert [week["week"] for week in result["weeks"]] == list(range(1, weeks + 1))
    assert sum(week["hours"] for week in result["weeks"]) == hours == result["total_hours"]
    assert {goal for week in result["weeks"] for goal in week["goals"]} >= set(goals)


@pytest.mark.parametrize("body", [{"weeks": 10, "hours": 9}, {"weeks": 10}])
def test_a_syllabus_has_an_hour_a_week_at_least(client, body: dict[str, int]) -> None:
    answer = post(client, "syllabi", **body)
    assert answer.status == 400
    assert answer.error["details"]["field"] == "hours"


def test_an_analysis_by_rule_finds_plain_slips_and_quotes_the_rubric(client, caller) -> None:
    job = new_job(client, caller.user_id, "analyses", text=ESSAY, rubric=RUBRIC)
    result = run_job(job).result
    found = {error["text"]: error["correction"] for error in result["errors"]}
    assert found["recieve"] == "receive"
    assert found["He like"] == "He likes"
    assert found["They is"] == "They are"
    assert found["a apple"] == "an apple"
    assert [line["quote"] for line in result["rubric"]] == [line["line"] for line in RUBRIC]
    assert all(0 <= line["points"] <= line["of"] for line in result["rubric"])
    assert 0 <= result["score"] <= 100
    assert "规则" in result["summary"]


@pytest.mark.parametrize("text", ["", "  \n "])
def test_a_blank_answer_is_nought(client, caller, text: str) -> None:
    job = new_job(client, caller.user_id, "analyses", text=text, rubric=RUBRIC)
    result = run_job(job).result
    assert (result["score"], result["level"]) == (0, "weak")


def test_writing_without_a_rubric_is_refused(client) -> None:
    answer = post(client, "analyses", text=ESSAY)
    assert answer.status == 400
    assert answer.error["details"]["field"] == "rubric"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "a", "submission_id": "sub_1"}, "submission_id"),
        ({"submission_id": "sub_1"}, "submission_id"),
    ],
)
def test_an_analysis_has_one_source_that_exists(client, body: dict[str, str], field: str) -> None:
    answer = post(client, "analyses", rubric=RUBRIC, **body)
    assert answer.status == 400
    assert answer.error["details"]["field"] == field
    wrapped = {"type": "analysis", "input": {"rubric": RUBRIC, **body}}
    answer = client.call("POST", "/api/v1/ai/tasks", body=wrapped)
    assert answer.status == 400
    assert answer.error["details"]["field"] in (field, f"input.{field}")


@pytest.mark.parametrize("priority", [-1, 10, "5"])
def test_priorities_are_nought_to_nine(client, priority: object) -> None:
    answer = post(client, "question-batches", type="cloze", count=1, priority=priority)
    assert answer.status == 400


def test_every_job_goes_through_the_one_door_too(client, caller) -> None:
    body = {"type": "questions", "input": {"type": "cloze", "count": 2}}
    answer = client.call("POST", "/api/v1/ai/tasks", body=body)
    assert answer.status == 201, answer.text
    shown = client.call("GET", f"/api/v1/tasks/{answer.data['task_id']}").data
    assert (shown["type"], shown["status"]) == ("questions", "pending")
