"""Processes killed by their id in the middle of work: no task is lost or doubled, nor money."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e import flows
from tests.e2e.conftest import System
from tests.e2e.painting import BY_ARK, BY_VOLCENGINE, Painter, Simulator, painter, simulators
from tests.e2e.processes import kill_workers, killing

TASKS = 8


pytestmark = [pytest.mark.takes(110), pytest.mark.usefixtures("ledger")]


@pytest.fixture
def services(system: System) -> Iterator[dict[str, Simulator]]:
    """Both simulators by the model they serve."""
    found = simulators(system)
    yield found
    for simulator in found.values():
        simulator.told(mode="ok")


@pytest.fixture(scope="module")
def cut_off(system: System) -> tuple[Painter, str, int]:
    """A task whose worker was killed while it waited for the provider's answer to the submit.

    Its lease runs for two minutes, which the tests between this and the last one make use of.
    """
    simulator = simulators(system)[BY_VOLCENGINE]
    user, before = painter(system), simulator.seen
    simulator.told(mode="slow", seconds=10, times=1, on="submit")
    task_id = user.create(BY_VOLCENGINE)
    flows.eventually(lambda: simulator.seen.get("submit", 0) > before.get("submit", 0))
    assert kill_workers(system, "media_worker") > 0
    flows.eventually(lambda: simulator.jobs > before.get("jobs", 0))
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
            flows.eventually(lambda task_id=task_id: user.attempt(task_id) != "waiting")
            flows.eventually(lambda task_id=task_id: user.attempt(task_id) != "submitting")
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
