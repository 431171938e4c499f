"""Calls that meet, through the whole running system: one task, one end, never over the budget."""

import json
import os
import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import boto3
import httpx
import pytest

from infra.local.emulator.process import CREDENTIALS
from tests.e2e import flows
from tests.e2e.conftest import ROOT, System
from tests.e2e.painting import BY_VOLCENGINE, Painter, painter, simulators
from tests.e2e.processes import ports_of

pytestmark = pytest.mark.takes(120)

SET_BUDGET = """
import sys
from shared.ledger.ledger import set_budget
set_budget(sys.argv[1], int(sys.argv[2]), "block")
"""


def post(user: Painter, key: str) -> httpx.Response:
    """One create, asked again as long as the first with its key has not ended."""
    body = {"prompt": "一只猫", "model": BY_VOLCENGINE, "size": "512x512"}
    while True:
        answer = user.client.post(
            "/ai/image/task", json=body, headers={"Idempotency-Key": key, "Connection": "close"}
        )
        waits = answer.headers.get("Retry-After")
        if answer.status_code not in (409, 429) or waits is None or _is_of_budget(answer):
            return answer
        time.sleep(float(waits))


def _is_of_budget(answer: httpx.Response) -> bool:
    return bool(answer.json()["error"]["details"].get("reason") == "budget")


def test_fifty_creates_at_once_with_one_key_are_one_task_and_one_job(
    system: System, ledger: None
) -> None:
    user, simulator = painter(system), simulators(system)[BY_VOLCENGINE]
    before, key = simulator.jobs, uuid.uuid4().hex
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: post(user, key), range(50)))
    assert {answer.status_code for answer in answers} == {201}
    (task_id,) = {answer.json()["data"]["task_id"] for answer in answers}
    assert user.ended(task_id)["status"] == "completed"
    assert simulator.jobs == before + 1
    user.check_charged(1)


def test_a_start_delivered_three_times_is_one_job(system: System, ledger: None) -> None:
    """Executions of one attempt side by side, as if its promise were sent again and again."""
    user, simulator = painter(system), simulators(system)[BY_VOLCENGINE]
    before = simulator.jobs
    task_id = user.create(BY_VOLCENGINE)
    workflows = boto3.client("stepfunctions")
    machines = workflows.list_state_machines()["stateMachines"]
    (machine,) = [each for each in machines if each["name"] == "rolecraft-local-task"]
    body = {"task_id": task_id, "owner_id": user.id, "attempt": 1, "request_id": "again"}
    for number in range(2):
        workflows.start_execution(
            stateMachineArn=machine["stateMachineArn"],
            name=f"{task_id}-again-{number}",
            input=json.dumps(body),
        )
    ended = user.ended(task_id)
    assert ended["status"] == "completed"
    assert [step["status"] for step in ended["history"]] == ["pending", "processing", "completed"]
    assert simulator.jobs == before + 1
    user.check_charged(1)


def test_a_budget_reached_by_parallel_creates_is_never_passed(system: System, ledger: None) -> None:
    user, simulator = painter(system), simulators(system)[BY_VOLCENGINE]
    (price,) = _prices_of(user)
    _set_budget(system, user.id, 3 * price)
    before = simulator.jobs
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post(user, uuid.uuid4().hex), range(20)))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {201: 3, 429: 17}
    made = [answer.json()["data"]["task_id"] for answer in answers if answer.status_code == 201]
    assert [user.ended(task_id)["status"] for task_id in made] == ["completed"] * 3
    assert simulator.jobs == before + 3
    assert len(user.costs) == 3
    assert post(user, uuid.uuid4().hex).status_code == 429


def test_of_a_cancel_and_a_completion_at_once_one_wins_and_the_money_follows(
    system: System, ledger: None
) -> None:
    user = painter(system)

    def race(_: int) -> str:
        task_id = user.create(BY_VOLCENGINE)
        flows.eventually(lambda: user.attempt(task_id) != "waiting")
        time.sleep(random.uniform(7.0, 11.0))  # a job takes 6.5 s, and is asked for after 3 and 9
        answer = user.client.post(f"/tasks/{task_id}/cancel")
        ended = str(user.ended(task_id)["status"])
        assert (answer.status_code, ended) in ((200, "cancelled"), (409, "completed"))
        return ended

    with ThreadPoolExecutor(8) as pool:
        ends = Counter(pool.map(race, range(8)))
    user.check_charged(ends["completed"])


def _prices_of(user: Painter) -> set[int]:
    """What a picture costs, in micro-units, as the list of models tells."""
    listed = flows.data(user.client.get("/models"))["items"]
    return {
        round(float(model["prices"]["each"]) * 1_000_000)
        for model in listed
        if model["id"] == BY_VOLCENGINE
    }


def _set_budget(system: System, user_id: str, limit_micro: int) -> None:
    environment = {**os.environ, **CREDENTIALS}
    environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{ports_of(system)['emulator']}"
    subprocess.run(
        [sys.executable, "-c", SET_BUDGET, user_id, str(limit_micro)],
        cwd=ROOT,
        env=environment,
        check=True,
    )


@pytest.mark.parametrize("mode", ["429", "500", "reset", "malformed"])
def test_one_fault_of_the_provider_is_mended(system: System, ledger: None, mode: str) -> None:
    user, simulator = painter(system), simulators(system)[BY_VOLCENGINE]
    before = simulator.jobs
    simulator.told(mode=mode, times=1, on="submit")
    assert user.ended(user.create(BY_VOLCENGINE))["status"] == "completed"
    assert simulator.jobs == before + 1
    user.check_charged(1)


@pytest.mark.parametrize(
    ("mode", "code", "reason"),
    [
        ("filtered", "UPSTREAM_ERROR", "content_filtered"),
        ("failed", "UPSTREAM_ERROR", "content_filtered"),
        ("expired-link", "RESULT_UNAVAILABLE", None),
    ],
)
def test_a_job_without_a_result_fails_with_its_reason_and_costs_nothing(
    system: System, ledger: None, mode: str, code: str, reason: str | None
) -> None:
    user, simulator = painter(system), simulators(system)[BY_VOLCENGINE]
    simulator.told(mode=mode, times=1)
    task = user.ended(user.create(BY_VOLCENGINE))
    assert (task["status"], task["error"]["code"]) == ("failed", code)
    assert reason in (None, task["error"]["reason"])
    user.check_charged(0)
