"""The workflow of a task, walked through on a clock of its own; what a task costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.media_worker import service
from infra.catalogue import MEDIA_WORKER
from infra.constructs.state_machine import DEFINITIONS
from shared.ai.backoff import Backoff
from shared.ledger.ledger import HOLD
from shared.media import jobs
from shared.tasks.states import LEASE, TIME_LIMIT
from tests.infra.templates import Assembly

INPUT = {"task_id": "task_1", "owner_id": "user_1", "attempt": 1, "request_id": "request-1"}
# US dollars for a state transition of a standard workflow, us-east-1.
TRANSITION = Decimal("25") / 1_000_000
MAX_STATES = 500
TASKS = ("Submit", "Poll", "Collect", "Finish")

Answer = dict[str, Any]
Worker = Callable[[dict[str, Any], float], Answer]


class StepError(Exception):
    """A step fails for good, after its retries."""


@pytest.fixture(scope="module")
def definition() -> dict[str, Any]:
    text = (DEFINITIONS / "task.asl.json").read_text(encoding="utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


class Walk:
    """One execution: the states it entered, how long it took, what the worker was asked."""

    def __init__(self, definition: dict[str, Any], worker: Worker) -> None:
        self.states = definition["States"]
        self.data: dict[str, Any] = dict(INPUT)
        self.entered: list[str] = []
        self.calls: list[dict[str, Any]] = []
        self.seconds = 0.0
        self._worker = worker
        following: str | None = definition["StartAt"]
        while following and len(self.entered) < MAX_STATES:
            self.entered.append(following)
            following = self._run(self.states[following])
        assert len(self.entered) < MAX_STATES

    @property
    def end(self) -> str:
        return self.entered[-1]

    def _run(self, state: dict[str, Any]) -> str | None:
        match state["Type"]:
            case "Wait":
                self.seconds += self._at(state["SecondsPath"])
            case "Choice":
                for choice in state["Choices"]:
                    if self._at(choice["Variable"]) == choice["StringEquals"]:
                        return str(choice["Next"])
                return str(state["Default"])
            case "Task":
                return self._ask(state)
        return state.get("Next")

    def _ask(self, state: dict[str, Any]) -> str | None:
        template = state["Parameters"]["Payload"].items()
        call = {
            key.removesuffix(".$"): self._at(value) if key.endswith(".$") else value
            for key, value in template
        }
        self.calls.append(call)
        try:
            self.data["job"] = self._worker(call, self.seconds)
        except StepError as error:
            self.data["error"] = {"Error": str(error), "Cause": "{}"}
            return str(state["Catch"][0]["Next"])
        return state.get("Next")

    def _at(self, path: str) -> Any:
        value: Any = self.data
        for name in path.removeprefix("$.").split("."):
            value = value[name]
        return value


def job_of(seconds: float) -> Worker:
    """A worker whose provider needs so long; its waits are those of the real one."""

    def work(call: dict[str, Any], now: float) -> Answer:
        if call["step"] == "submit":
            return {"state": "running", "wait_s": 3}
        if call["step"] == "poll" and now < seconds:
            return {"state": "running", "wait_s": min(15, 2 * call["wait_s"])}
        state = "done" if call["step"] == "poll" else "ended"
        return {"state": state, "wait_s": 0}

    return work


def test_a_job_of_thirty_seconds_enters_at_most_15_states(
    definition: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    walk = Walk(definition, job_of(30))
    assert len(walk.entered) <= 15
    price = len(walk.entered) * TRANSITION
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
    assert max(jobs.SUBMIT_SECONDS, service.COLLECT_SECONDS) < worker
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
