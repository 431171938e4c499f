"""The account deletion workflow, walked through state by state."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.constructs.state_machine import DEFINITIONS
from tests.infra.templates import Assembly

ORDER = [
    "roles", "sessions", "documents", "knowledge_bases", "tasks", "workspaces", "learning", "keys",
    "user",
]  # fmt: skip
INPUT = {"user_id": "user_1", "request_id": "request-1"}
MAX_STATES = 100

Worker = Callable[[dict[str, str]], dict[str, bool]]


class StepError(Exception):
    """A step fails for good, after its retries."""


@pytest.fixture(scope="module")
def definition() -> dict[str, Any]:
    text = (DEFINITIONS / "account_deletion.asl.json").read_text(encoding="utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def run(definition: dict[str, Any], worker: Worker) -> tuple[str, list[str]]:
    """Walks from StartAt to the end: the kind of the last state, and all states entered."""
    states = definition["States"]
    entered = [definition["StartAt"]]
    result: dict[str, bool] = {}
    while len(entered) < MAX_STATES:
        state = states[entered[-1]]
        if state["Type"] in {"Succeed", "Fail"}:
            return state["Type"], entered
        if state["Type"] == "Task":
            try:
                result = worker(payload(state))
                entered.append(state["Next"])
            except StepError:
                entered.append(state["Catch"][0]["Next"])
            continue
        (choice,) = state["Choices"]
        assert choice["Variable"] == "$.result.done"
        matches = result["done"] is choice["BooleanEquals"]
        entered.append(choice["Next"] if matches else state["Default"])
    raise AssertionError(f"no end after {MAX_STATES} states")


def payload(task: dict[str, Any]) -> dict[str, str]:
    """What the worker is called with, references to the input filled in."""
    template = task["Parameters"]["Payload"].items()
    return {
        key.removesuffix(".$"): INPUT[value.removeprefix("$.")] if key.endswith(".$") else value
        for key, value in template
    }


def test_steps_run_in_order_and_name_user_and_request(definition: dict[str, Any]) -> None:
    calls: list[dict[str, str]] = []

    def worker(call: dict[str, str]) -> dict[str, bool]:
        calls.append(call)
        return {"done": True}

    assert run(definition, worker)[0] == "Succeed"
    assert calls == [{"step": step, **INPUT} for step in ORDER]


def test_a_step_is_repeated_until_it_is_done(definition: dict[str, Any]) -> None:
    portions = {"sessions": 3}
    calls: list[str] = []

    def worker(call: dict[str, str]) -> dict[str, bool]:
        calls.append(call["step"])
        return {"done": calls.count(call["step"]) >= portions.get(call["step"], 1)}

    assert run(definition, worker)[0] == "Succeed"
    assert calls == ["roles", *["sessions"] * 3, *ORDER[2:]]


@pytest.mark.parametrize("failing", ORDER)
def test_a_step_that_fails_for_good_ends_in_a_failed_execution(
    definition: dict[str, Any], failing: str
) -> None:
    def worker(call: dict[str, str]) -> dict[str, bool]:
        if call["step"] == failing:
            raise StepError
        return {"done": True}

    end, entered = run(definition, worker)
    assert (end, entered[-1]) == ("Fail", "DeletionFailed")


def test_the_failure_keeps_the_error_and_its_cause(definition: dict[str, Any]) -> None:
    failed = definition["States"]["DeletionFailed"]
    assert (failed["ErrorPath"], failed["CausePath"]) == ("$.error.Error", "$.error.Cause")
    for task in tasks(definition):
        assert task["Catch"] == [
            {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "DeletionFailed"}
        ]


def test_every_step_is_retried_with_growing_jittered_waits(definition: dict[str, Any]) -> None:
    assert len(tasks(definition)) == len(ORDER)
    for task in tasks(definition):
        (retry,) = task["Retry"]
        assert retry["ErrorEquals"] == ["States.ALL"]
        assert retry["BackoffRate"] > 1
        assert retry["MaxAttempts"] >= 5
        assert retry["JitterStrategy"] == "FULL"


def test_a_small_account_costs_few_transitions(definition: dict[str, Any]) -> None:
    entered = run(definition, lambda call: {"done": True})[1]
    assert len(entered) == 2 * len(ORDER) + 1


@pytest.mark.parametrize("stage", ["prod", "dev", "local"])
def test_deployed_definition_is_the_file_with_the_worker_filled_in(
    assemblies: dict[str, Assembly], definition: dict[str, Any], stage: str
) -> None:
    assembly = assemblies[stage]
    machine = assembly.state_machine("account-deletion")
    assert json.loads(machine["DefinitionString"]) == definition
    assert set(machine["DefinitionSubstitutions"]) == {"AccountWorker"}
    worker = assembly.target(machine["DefinitionSubstitutions"]["AccountWorker"])
    assert worker == assembly.function_id("account_worker")
    logging = machine["LoggingConfiguration"]
    # Inputs name a person: the log has states and errors, not data.
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)


def tasks(definition: dict[str, Any]) -> list[dict[str, Any]]:
    return [state for state in definition["States"].values() if state["Type"] == "Task"]
