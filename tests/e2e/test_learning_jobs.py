"""Jobs of learners over the gateway without a key: made by rule, through queue and workflow."""

from typing import Any

import httpx
import pytest

from tests.e2e import flows
from tests.e2e.conftest import System

RUBRIC = [{"line": "语言准确", "points": 10}]


@pytest.fixture(scope="module")
def client(system: System) -> httpx.Client:
    return system.new_user()


def result_of(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    task_id = flows.data(client.post(f"/learning/{path}", json={**body, "model": "builtin"}), 201)[
        "task_id"
    ]
    task = flows.final(client, f"/tasks/{task_id}")
    assert task["status"] == "completed", task
    assert [entry["status"] for entry in task["history"]] == ["pending", "processing", "completed"]
    result: dict[str, Any] = task["result"]
    assert result["generated_by"] == "builtin"
    assert result["notice"]
    return result


def test_a_question_batch_of_several_parts(client: httpx.Client) -> None:
    result = result_of(client, "question-batches", {"type": "cloze", "count": 35})
    assert (result["requested"], result["produced"], result["errors"]) == (35, 35, [])
    assert len({question["stem"] for question in result["questions"]}) == 35


def test_a_syllabus(client: httpx.Client) -> None:
    result = result_of(client, "syllabi", {"weeks": 16, "hours": 60, "goals": ["提高写作"]})
    assert sum(week["hours"] for week in result["weeks"]) == 60


def test_an_analysis(client: httpx.Client) -> None:
    body = {"text": "He like apples. I recieve a apple.", "rubric": RUBRIC, "priority": 9}
    result = result_of(client, "analyses", body)
    assert {"He like", "recieve", "a apple"} <= {error["text"] for error in result["errors"]}
    assert result["rubric"][0]["quote"] == RUBRIC[0]["line"]
