"""The workflow of a learning job: its parts at once, retries of a minute and more, its limit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.catalogue import LEARNING_WORKER
from infra.constructs.state_machine import DEFINITIONS
from shared.tasks.states import JOB_TIME_LIMIT
from tests.infra.templates import Assembly


@pytest.fixture(scope="module")
def definition() -> dict[str, Any]:
    path = DEFINITIONS / "learning_job.asl.json"
    parsed: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return parsed


def parts_of(definition: dict[str, Any]) -> dict[str, Any]:
    states: dict[str, Any] = definition["States"]["Parts"]["ItemProcessor"]["States"]
    return states


@pytest.mark.parametrize("step", ["Plan", "Work", "Finish"])
def test_a_step_is_tried_three_times_more_after_60_120_and_240_seconds(
    definition: dict[str, Any], step: str
) -> None:
    retry = {**definition["States"], **parts_of(definition)}[step]["Retry"][-1]
    assert retry["ErrorEquals"] == ["States.ALL"]
    waits = [
        retry["IntervalSeconds"] * retry["BackoffRate"] ** number
        for number in range(retry["MaxAttempts"])
    ]
    assert waits == [60, 120, 240]


def test_a_part_that_is_given_up_leaves_the_others(definition: dict[str, Any]) -> None:
    states = parts_of(definition)
    assert states["Work"]["Catch"] == [
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "GiveUp"}
    ]
    assert states["GiveUp"]["End"]
    assert states["GiveUp"]["Parameters"]["Payload"]["error.$"] == "$.error.Error"
    assert definition["States"]["Parts"]["Next"] == "Finish"


def test_parts_are_worked_on_at_once(definition: dict[str, Any]) -> None:
    assert definition["States"]["Parts"]["MaxConcurrency"] == 10


def test_the_execution_outlives_the_jobs_limit(definition: dict[str, Any]) -> None:
    assert definition["TimeoutSeconds"] > JOB_TIME_LIMIT.total_seconds() + 60
    assert LEARNING_WORKER.spec.timeout_seconds < JOB_TIME_LIMIT.total_seconds()


def test_a_step_that_fails_for_good_is_told_to_the_task(definition: dict[str, Any]) -> None:
    for name in ("Plan", "Parts", "Finish"):
        assert definition["States"][name]["Catch"][-1]["Next"] == "Failed"
    failed = definition["States"]["Failed"]["Parameters"]["Payload"]
    assert (failed["step"], failed["error.$"]) == ("finish", "$.error.Error")


def test_deployed_definition_is_the_file_with_the_worker_filled_in(
    prod: Assembly, definition: dict[str, Any]
) -> None:
    machine = prod.state_machine("learning-job")
    assert json.loads(machine["DefinitionString"]) == definition
    worker = prod.target(machine["DefinitionSubstitutions"]["LearningWorker"])
    assert worker == prod.function_id("learning_worker")
