"""Learning jobs at once over the gateway: all end; the time of it against one after another.

python -m tests.benchmarks.learning_jobs [--json]

Starts the whole system as `make up` does, in a directory of its own. A user asks for jobs by rule
one after another, which is the serial time; then five ask for more than there are slots at the
same instant, with the priorities 0, 5 and 9 in turn. The queue's own item tells how many were in
progress; waits are from accept to start.
"""

import asyncio
import os
import time
from collections import defaultdict
from datetime import datetime
from typing import Any

import boto3
import httpx
from boto3.dynamodb.conditions import Key

from tests.benchmarks.harness import show
from tests.benchmarks.system import Account, System, data, percentile, signed_up, system

SERIAL, USERS, JOBS_EACH = 8, 5, 46
AT_ONCE = USERS * JOBS_EACH
PRIORITIES = (0, 5, 9)
RUBRIC = [{"line": "语言准确", "points": 10}]
PATIENCE_SECONDS = 900.0


async def create(client: httpx.AsyncClient, account: Account, number: int) -> str:
    body = {
        "text": f"This is essay number {number}. He like books.",
        "rubric": RUBRIC,
        "model": "builtin",
        "priority": PRIORITIES[number % len(PRIORITIES)],
    }
    answer = await client.post("/learning/analyses", json=body, headers=account.headers)
    return str(data(answer)["task_id"])


async def ended(client: httpx.AsyncClient, account: Account, number: int) -> None:
    path, most = f"/tasks/user/{account.id}", 0
    async with asyncio.timeout(PATIENCE_SECONDS):
        while most < number:
            wanted = {"status": "completed", "page_size": 1}
            answer = await client.get(path, params=wanted, headers=account.headers)
            most = data(answer)["total"]
            await asyncio.sleep(0.5)


async def most_in_progress(until: asyncio.Event) -> int:
    table, most = boto3.resource("dynamodb").Table(os.environ["TASKS_TABLE"]), 0
    key = {"pk": "JOBS#ai_processing", "sk": "SLOTS"}
    while not until.is_set():
        found: Any = await asyncio.to_thread(table.get_item, Key=key)
        most = max(most, int(found.get("Item", {}).get("running", 0)))
        await asyncio.sleep(0.5)
    return most


def add_waits(account: Account, by_priority: dict[int, list[float]]) -> None:
    table = boto3.resource("dynamodb").Table(os.environ["TASKS_TABLE"])
    found = table.query(
        KeyConditionExpression=Key("pk").eq(f"TASKS#{account.id}") & Key("sk").begins_with("TASK#")
    )["Items"]
    assert len(found) == JOBS_EACH, len(found)
    for item in found:
        assert item["status"] == "completed", item["sk"]
        created, started = str(item["created_at"]), str(item["started_at"])
        waited = datetime.fromisoformat(started) - datetime.fromisoformat(created)
        by_priority[int(item["priority"])].append(waited.total_seconds())


async def measure(running: System) -> None:
    async with running.client() as client:
        alone = await signed_up(client)
        many = [await signed_up(client) for _ in range(USERS)]
        begun = time.perf_counter()
        for number in range(SERIAL):
            await create(client, alone, -1 - number)
            await ended(client, alone, number + 1)
        each = (time.perf_counter() - begun) / SERIAL
        over = asyncio.Event()
        watch = asyncio.create_task(most_in_progress(over))
        begun = time.perf_counter()
        await asyncio.gather(
            *(create(client, many[number % USERS], number) for number in range(AT_ONCE))
        )
        await asyncio.gather(*(ended(client, person, JOBS_EACH) for person in many))
        wall = time.perf_counter() - begun
        over.set()
        most = await watch
    by_priority: dict[int, list[float]] = defaultdict(list)
    for person in many:
        add_waits(person, by_priority)
    report(each, wall, most, by_priority)


def report(each: float, wall: float, most: int, by_priority: dict[int, list[float]]) -> None:
    show(
        {
            "case": f"{AT_ONCE} jobs at once",
            "completed": AT_ONCE,
            "most in progress": most,
            "wall s": round(wall, 1),
            "one after another s": round(each * AT_ONCE, 1),
        }
    )
    for priority, waited in sorted(by_priority.items(), reverse=True):
        show(
            {
                "case": f"wait of priority {priority}",
                "p50 s": round(percentile(waited, 0.5), 1),
                "p99 s": round(percentile(waited, 0.99), 1),
            }
        )


def main() -> None:
    with system() as running:
        asyncio.run(measure(running))


if __name__ == "__main__":
    main()
