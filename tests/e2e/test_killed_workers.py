"""Processes killed by their id in the middle of work: no task is lost or doubled, nor money."""

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pytest

from infra.local.emulator.process import CREDENTIALS
from tests.e2e import flows
from tests.e2e.conftest import System
from tests.e2e.processes import kill_workers, killing, ports_of
from tests.support.ledger import month, stored_lines

BY_ARK, BY_VOLCENGINE = "doubao-seedream-3.0-t2i", "jimeng-t2i-3.0"
FINAL = ("completed", "failed", "cancelled")
TASKS = 8
# A dead worker's lease, or the deadline's minute: nothing waits longer (shared/tasks/states.py).
LONGEST_SECONDS = 300


@dataclass
class Simulator:
    """The control side of a simulated service."""

    url: str

    @property
    def seen(self) -> dict[str, int]:
        found: dict[str, int] = httpx.get(self.url, trust_env=False).json()["seen"]
        return found

    @property
    def jobs(self) -> int:
        return self.seen.get("jobs", 0)

    def told(self, **order: Any) -> None:
        httpx.post(self.url, json=order, trust_env=False).raise_for_status()


@dataclass
class Painter:
    """A new user who has pictures made."""

    client: httpx.Client
    id: str

    def create(self, model: str, key: str = "") -> str:
        """The id of a task; asks again until there is an answer, as clients do."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        body = {"prompt": "一只猫", "model": model, "size": "512x512"}
        for _ in range(60):
            answer = self.client.post("/ai/image/task", json=body, headers=headers)
            if answer.status_code == 201:
                return str(answer.json()["data"]["task_id"])
            assert answer.status_code in (409, 500, 502, 503, 504), answer.text
            time.sleep(1)
        raise AssertionError("no answer")

    def task(self, task_id: str) -> dict[str, Any]:
        found: dict[str, Any] = flows.data(self.client.get(f"/tasks/{task_id}"))
        return found

    def ended(self, task_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + LONGEST_SECONDS
        while (task := self.task(task_id))["status"] not in FINAL:
            assert time.monotonic() < deadline, task
            time.sleep(1)
        return task

    def check_charged(self, completed: int) -> None:
        """One line for each completed task, and nothing held any more."""
        costs = [int(line["cost_micro"]) for line in stored_lines(self.id)]
        assert len(costs) == completed
        assert all(cost > 0 for cost in costs)
        assert int(month(self.id)["available"]) == -sum(costs)


def painter(system: System) -> Painter:
    client = system.new_user()
    return Painter(client, str(flows.data(client.get("/users/me"))["id"]))


def wait_for(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(autouse=True)
def ledger(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger's table is read directly."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{ports_of(system)['emulator']}")
    worker = boto3.client("lambda").get_function(FunctionName="rolecraft-local-media-worker")
    variables = worker["Configuration"]["Environment"]["Variables"]
    monkeypatch.setenv("LEDGER_TABLE", variables["LEDGER_TABLE"])


@pytest.fixture
def services(system: System) -> Iterator[dict[str, Simulator]]:
    """Both simulators by the model they serve."""
    ports = ports_of(system)
    found = {
        model: Simulator(f"http://127.0.0.1:{ports[name]}/_control")
        for model, name in ((BY_ARK, "ark"), (BY_VOLCENGINE, "volcengine"))
    }
    yield found
    for simulator in found.values():
        simulator.told(mode="ok")


@pytest.fixture(scope="module")
def cut_off(system: System) -> tuple[Painter, str, int]:
    """A task whose worker was killed while it waited for the provider's answer to the submit.

    Its lease runs for two minutes, which the tests between this and the last one make use of.
    """
    simulator = Simulator(f"http://127.0.0.1:{ports_of(system)['volcengine']}/_control")
    user, before = painter(system), simulator.seen
    simulator.told(mode="slow", seconds=5, times=1, on="submit")
    task_id = user.create(BY_VOLCENGINE)
    wait_for(lambda: simulator.seen.get("submit", 0) > before.get("submit", 0))
    assert kill_workers(system, "media_worker") > 0
    wait_for(lambda: simulator.jobs > before.get("jobs", 0))
    return user, task_id, before.get("jobs", 0)


def test_a_task_whose_worker_dies_goes_on_where_its_job_is_known(
    system: System, services: dict[str, Simulator], cut_off: tuple[Painter, str, int]
) -> None:
    """Killed while jobs are asked for and collected: every task is completed, and once."""
    user = painter(system)
    before = {model: simulator.jobs for model, simulator in services.items()}
    models = [(BY_ARK, BY_VOLCENGINE)[number % 2] for number in range(TASKS)]
    with ThreadPoolExecutor(TASKS) as pool:
        task_ids = list(pool.map(user.create, models))
        for task_id in task_ids:
            wait_for(lambda task_id=task_id: user.task(task_id)["attempt_status"] != "waiting")
            wait_for(lambda task_id=task_id: user.task(task_id)["attempt_status"] != "submitting")
        with killing(system, "media_worker", 12) as told:
            ended = list(pool.map(user.ended, task_ids))
    assert told["killed"] > 0
    assert [task["status"] for task in ended] == ["completed"] * TASKS
    for model, simulator in services.items():
        assert simulator.jobs == before[model] + TASKS // 2
    user.check_charged(TASKS)


@pytest.mark.parametrize("function", ["tasks", "dispatcher", "housekeeping"])
def test_tasks_accepted_while_processes_die_are_each_done_once(
    system: System, services: dict[str, Simulator], function: str
) -> None:
    user = painter(system)
    before = services[BY_VOLCENGINE].jobs
    with ThreadPoolExecutor(TASKS) as pool:
        with killing(system, function, 8):
            task_ids = list(pool.map(user.create, [BY_VOLCENGINE] * TASKS))
        ended = list(pool.map(user.ended, task_ids))
    assert len(set(task_ids)) == TASKS
    assert [task["status"] for task in ended] == ["completed"] * TASKS
    assert flows.data(user.client.get(f"/tasks/user/{user.id}"))["total"] == TASKS
    assert services[BY_VOLCENGINE].jobs == before + TASKS
    user.check_charged(TASKS)


def test_an_attempt_cut_off_while_it_was_submitted_ends_unknown_and_costs_nothing(
    cut_off: tuple[Painter, str, int], services: dict[str, Simulator]
) -> None:
    user, task_id, _ = cut_off
    task = user.ended(task_id)
    assert (task["status"], task["attempt_status"]) == ("failed", "unknown")
    assert task["error"]["code"] == "ATTEMPT_UNKNOWN"
    user.check_charged(0)
    jobs = services[BY_VOLCENGINE].jobs
    again = flows.data(user.client.post(f"/tasks/{task_id}/retry"))
    assert (again["status"], again["attempts"]) == ("pending", 2)
    assert user.ended(task_id)["status"] == "completed"
    assert services[BY_VOLCENGINE].jobs == jobs + 1
    user.check_charged(1)
