"""200 picture tasks submitted at once over the gateway: accepted, done, none lost or doubled.

python -m tests.benchmarks.tasks [--json]

Starts the whole system as `make up` does, in a directory of its own. Four users submit fifty
tasks each at the same instant and then wait until all have ended. The simulator counts the jobs
it was given, the ledger's table what was charged, the tasks' table when each was submitted. All of
it twice: first with no process of the functions running, as after a deployment, then again. The
peer is GET /health, 200 at once over the same gateway: what the emulator takes for nothing. What
a task costs at Step Functions is computed from the definition that is deployed.
"""

import asyncio
import os
import time
from dataclasses import dataclass
from datetime import datetime

import boto3
import httpx
from boto3.dynamodb.conditions import Key

from tests.benchmarks.harness import show
from tests.benchmarks.system import Account, System, data, percentile, signed_up, system
from tests.support.ledger import month, stored_lines
from tests.support.workflow import Walk, job_of, task_definition

USERS, TASKS_EACH = 4, 50
MODEL, SERVICE = "jimeng-t2i-3.0", "volcengine"
JOB_SECONDS = 30.0
MOST_TRANSITIONS = 15
ASK_SECONDS = 2.0
PATIENCE_SECONDS = 540.0


@dataclass(frozen=True)
class Times:
    """Seconds: until each accept was answered, until each was submitted, until all had ended.

    `peer` is that of the bare requests.
    """

    peer: list[float]
    accepted: list[float]
    submitted: list[float]
    all_ended: float


async def create(client: httpx.AsyncClient, account: Account, number: int) -> float:
    begun = time.perf_counter()
    body = {"prompt": f"一只猫 {number}", "model": MODEL, "size": "512x512"}
    answer = await client.post("/ai/image/task", json=body, headers=account.headers)
    assert answer.status_code == 201, answer.text
    return time.perf_counter() - begun


async def bare_requests(running: System) -> list[float]:
    async def ask(client: httpx.AsyncClient) -> float:
        begun = time.perf_counter()
        answer = await client.get(f"{running.url}/health")
        assert answer.status_code == 200, answer.text
        return time.perf_counter() - begun

    async with running.client() as client:
        return list(await asyncio.gather(*(ask(client) for _ in range(USERS * TASKS_EACH))))


async def wait_for_end(client: httpx.AsyncClient, account: Account) -> None:
    """Ask, as an owner would, how many are completed; any other end is a loss."""
    path = f"/tasks/user/{account.id}"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer = await client.get(
                path, params={"status": "completed", "page_size": 1}, headers=account.headers
            )
            if data(answer)["total"] == TASKS_EACH:
                return
            await asyncio.sleep(ASK_SECONDS)


def submit_delays(account: Account) -> list[float]:
    """From the moment a task was accepted to its lease, the write right before the submit."""
    table = boto3.resource("dynamodb").Table(os.environ["TASKS_TABLE"])
    found = table.query(
        KeyConditionExpression=Key("pk").eq(f"TASKS#{account.id}") & Key("sk").begins_with("TASK#")
    )["Items"]
    assert len(found) == TASKS_EACH, len(found)
    moments = [(str(item["created_at"]), str(item["started_at"])) for item in found]
    return [
        (datetime.fromisoformat(started) - datetime.fromisoformat(created)).total_seconds()
        for created, started in moments
    ]


def check_money(account: Account) -> None:
    costs = [int(line["cost_micro"]) for line in stored_lines(account.id)]
    assert len(costs) == TASKS_EACH, len(costs)
    assert int(month(account.id)["available"]) == -sum(costs)


async def jobs_of(running: System) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{running.ports[SERVICE]}/_control")
    return int(answer.json()["jobs"])


async def measure(running: System) -> Times:
    peer = await bare_requests(running)
    async with running.client() as client:
        people = [await signed_up(client) for _ in range(USERS)]
        before = await jobs_of(running)
        begun = time.perf_counter()
        accepted = await asyncio.gather(
            *(create(client, person, number) for number in range(TASKS_EACH) for person in people)
        )
        await asyncio.gather(*(wait_for_end(client, person) for person in people))
        all_ended = time.perf_counter() - begun
        made = await jobs_of(running) - before
        assert made == USERS * TASKS_EACH, made
    submitted = [delay for person in people for delay in submit_delays(person)]
    for person in people:
        check_money(person)
    return Times(peer, list(accepted), submitted, all_ended)


def show_price() -> None:
    walk = Walk(task_definition(), job_of(JOB_SECONDS))
    assert len(walk.entered) <= MOST_TRANSITIONS, walk.entered
    show(
        {
            "case": f"a job of {JOB_SECONDS:g} s",
            "transitions": len(walk.entered),
            "at most": MOST_TRANSITIONS,
            "USD per 1,000 tasks": f"{walk.price * 1000:.2f}",
        }
    )


def show_times(case: str, times: Times) -> None:
    show(
        {
            "case": case,
            "accepted": len(times.accepted),
            "completed": USERS * TASKS_EACH,
            "provider's jobs": USERS * TASKS_EACH,
            "lost": 0,
            "doubled": 0,
            "accept p50 s": round(percentile(times.accepted, 0.5), 2),
            "accept p99 s": round(percentile(times.accepted, 0.99), 2),
            "accept / health p50": round(
                percentile(times.accepted, 0.5) / percentile(times.peer, 0.5), 2
            ),
            "accept to submit p50 s": round(percentile(times.submitted, 0.5), 2),
            "all completed s": round(times.all_ended, 1),
        }
    )


def main() -> None:
    with system() as running:
        show_times("200 tasks, cold", asyncio.run(measure(running)))
        show_times("200 tasks, warm", asyncio.run(measure(running)))
    show_price()


if __name__ == "__main__":
    main()
