"""200 chat turns at once over the gateway: none lost, none doubled, the ledger exact.

python -m tests.benchmarks.chat_turns [--json]

Starts the whole system as `make up` does, in a directory of its own. Four users with five sessions
each send ten messages into every session at the same instant, every second one streamed. Then
every session is read back, and every user's lines, counters and month in the ledger's table.
"""

import asyncio
import json
import os
import statistics
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx

from infra.local.emulator.process import CREDENTIALS
from infra.local.ports import free_port
from tests.benchmarks.harness import show
from tests.e2e.conftest import running_system
from tests.support.ledger import counters, month, stored_lines, sums_of_lines

USERS, SESSIONS, MESSAGES = 4, 5, 10
PATIENCE_SECONDS = 300.0


@dataclass(frozen=True)
class Person:
    """A signed-in user with sessions."""

    id: str
    headers: dict[str, str]
    sessions: list[str]


async def signed_up(client: httpx.AsyncClient) -> Person:
    email = f"{uuid.uuid4().hex}@example.com"
    body = {"email": email, "password": "correct-horse-42", "name": "测试"}
    made = data(await client.post("/auth/register", json=body))
    headers = {"Authorization": f"Bearer {made['access_token']}"}
    role = {"name": "助手", "system_prompt": "你是助手。", "model_config": {"model": "builtin"}}
    role_id = data(await client.post("/roles", json=role, headers=headers))["id"]
    sessions = [
        data(await client.post("/chat-sessions", json={"role_id": role_id}, headers=headers))["id"]
        for _ in range(SESSIONS)
    ]
    return Person(made["user"]["id"], headers, sessions)


def data(answer: httpx.Response) -> Any:
    assert answer.status_code < 300, (answer.status_code, answer.text)
    return answer.json()["data"]


async def turn(client: httpx.AsyncClient, person: Person, session: str, number: int) -> float:
    """Send one message, streamed or not, and hear the whole answer; seconds it took."""
    way = "stream" if number % 2 else "complete"
    begun = time.perf_counter()
    answer = await client.post(
        f"/chat/{session}/{way}", json={"message": f"第{number}问"}, headers=person.headers
    )
    assert answer.status_code == 200, (way, answer.status_code, answer.text)
    if way == "stream":
        last = answer.text.strip().rpartition("data: ")[2]
        assert json.loads(last)["done"] is True, last
    return time.perf_counter() - begun


async def check_session(client: httpx.AsyncClient, person: Person, session: str) -> None:
    found = data(await client.get(f"/chat-sessions/{session}?limit=100", headers=person.headers))
    messages = found["messages"]
    assert found["message_count"] == len(messages) == 2 * MESSAGES, found["message_count"]
    authors = [message["role"] for message in messages]
    assert authors == ["user", "assistant"] * MESSAGES, authors
    asked = Counter(message["content"] for message in messages[::2])
    assert asked == Counter(f"第{number}问" for number in range(MESSAGES)), asked
    assert all(message["status"] == "complete" for message in messages)


def check_ledger(person: Person) -> None:
    lines = stored_lines(person.id)
    assert len(lines) == SESSIONS * MESSAGES, len(lines)
    assert counters(person.id) == sums_of_lines(person.id)
    assert int(month(person.id)["available"]) == 0


async def measure(base_url: str) -> list[float]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(
        base_url=f"{base_url}/api/v1", timeout=PATIENCE_SECONDS, limits=limits, trust_env=False
    ) as client:
        people = [await signed_up(client) for _ in range(USERS)]
        taken = await asyncio.gather(
            *(
                turn(client, person, session, number)
                for number in range(MESSAGES)
                for person in people
                for session in person.sessions
            )
        )
        for person in people:
            for session in person.sessions:
                await check_session(client, person, session)
            check_ledger(person)
    return taken


@contextmanager
def system() -> Iterator[str]:
    """A running system; the ledger's table is named by the environment of this process."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        with running_system(state, free_port(), {}) as base_url:
            ports = json.loads((state / "run.json").read_text())["ports"]
            os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL=f"http://127.0.0.1:{ports['emulator']}")
            functions = boto3.client("lambda").get_paginator("list_functions").paginate()
            variables = [
                function.get("Environment", {}).get("Variables", {})
                for page in functions
                for function in page["Functions"]
            ]
            named = {found["LEDGER_TABLE"] for found in variables if "LEDGER_TABLE" in found}
            (os.environ["LEDGER_TABLE"],) = named
            yield base_url


def main() -> None:
    with system() as base_url:
        begun = time.perf_counter()
        taken = sorted(asyncio.run(measure(base_url)))
        seconds = time.perf_counter() - begun
    show(
        {
            "case": "chat turns at once",
            "turns": len(taken),
            "lost": 0,
            "doubled": 0,
            "median s": round(statistics.median(taken), 2),
            "slowest s": round(taken[-1], 2),
            "all with set-up and checks s": round(seconds, 1),
        }
    )


if __name__ == "__main__":
    main()
