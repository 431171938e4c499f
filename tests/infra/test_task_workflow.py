"""The workflow of a task: its steps, waits, retries and price."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.media_worker import service
from infra.catalogue import MEDIA_WORKER
from shared.ai.backoff import Backoff
from shared.ledger.ledger import HOLD
from shared.media import jobs
from shared.tasks.states import LEASE, TIME_LIMIT
from tests.infra.templates import Assembly
from tests.support.workflow import INPUT, Answer, StepError, Walk, job_of, task_definition

TASKS = ("Submit", "Poll", "Collect", "Finish")


@pytest.fixture(scope="module")
def definition() -> dict[str, Any]:
    return task_definition()


def test_a_job_of_thirty_seconds_enters_at_most_15_states(
    definition: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    walk = Walk(definition, job_of(30))
    assert len(walk.entered) <= 15
    price = walk.price
    with capsys.disabled():
        print(  # noqa: T201 (what the contract asks this test to show)
            f"\n30 s job: {len(walk.entered)} transitions, "
            f"${price * 1000:.2f} per 1,000 tasks, ${price * 1_000_000:.0f} per million"
        )


def test_waits_grow_from_3_to_15_seconds(definition: dict[str, Any]) -> None:
    walk = Walk(definition, job_of(120))
    waits = [call["wait_s"] for call in walk.calls if call["step"] == "poll"]
    assert waits[:4] == [3, 6, 12, 15]
    assert set(waits[4:]) == {15}


def test_every_step_names_the_attempt_and_the_request(definition: dict[str, Any]) -> None:
    walk = Walk(definition, job_of(1))
    assert [call["step"] for call in walk.calls] == ["submit", "poll", "collect"]
    assert all(INPUT.items() <= call.items() for call in walk.calls)


def test_a_task_that_has_ended_ends_its_execution(definition: dict[str, Any]) -> None:
    walk = Walk(definition, lambda call, now: {"state": "ended", "wait_s": 0})
    assert walk.end == "Ended"
    assert walk.states[walk.end]["Type"] == "Succeed"


@pytest.mark.parametrize("failing", ["submit", "poll", "collect"])
def test_a_step_that_fails_for_good_is_told_to_the_task(
    definition: dict[str, Any], failing: str
) -> None:
    good = job_of(1)

    def work(call: dict[str, Any], now: float) -> Answer:
        if call["step"] == failing:
            raise StepError("CannotCollect")
        return good(call, now)

    walk = Walk(definition, work)
    assert (walk.calls[-1]["step"], walk.calls[-1]["error"]) == ("finish", "CannotCollect")
    assert walk.states[walk.end]["Type"] == "Fail"


def test_errors_are_retried_by_name(definition: dict[str, Any]) -> None:
    states = definition["States"]
    for name in TASKS:
        names = [retry["ErrorEquals"] for retry in states[name]["Retry"]]
        assert "Lambda.TooManyRequestsException" in names[-2]
        assert names[-1] == ["States.ALL"]
        assert states[name]["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    first = {name: states[name]["Retry"][0]["ErrorEquals"] for name in ("Submit", "Collect")}
    assert first == {"Submit": ["LeaseHeld"], "Collect": ["CannotCollect"]}


def test_a_dead_workers_lease_is_waited_for(definition: dict[str, Any]) -> None:
    held = definition["States"]["Submit"]["Retry"][0]
    assert held["BackoffRate"] == 1
    assert held["IntervalSeconds"] * held["MaxAttempts"] > LEASE.total_seconds()


def test_time_limits_fit_into_each_other(definition: dict[str, Any]) -> None:
    """docs/decisions/0110: each limit is told before the one around it cuts."""
    worker = MEDIA_WORKER.spec.timeout_seconds
    assert worker > service.PREPARE_SECONDS + jobs.SUBMIT_SECONDS
    assert worker > service.COLLECT_SECONDS
    # A question: two attempts of 30 s and the longest wait between them.
    assert 2 * jobs.ASK_SECONDS + Backoff().cap < service.COLLECT_SECONDS
    assert worker < LEASE.total_seconds()
    assert 2 * LEASE < TIME_LIMIT
    assert TIME_LIMIT.total_seconds() + 60 < definition["TimeoutSeconds"]
    assert TIME_LIMIT + timedelta(seconds=60) < HOLD


@pytest.mark.parametrize("stage", ["prod", "dev", "local"])
def test_deployed_definition_is_the_file_with_the_worker_filled_in(
    assemblies: dict[str, Assembly], definition: dict[str, Any], stage: str
) -> None:
    assembly = assemblies[stage]
    machine = assembly.state_machine("task")
    assert json.loads(machine["DefinitionString"]) == definition
    worker = assembly.target(machine["DefinitionSubstitutions"]["MediaWorker"])
    assert worker == assembly.function_id("media_worker")
