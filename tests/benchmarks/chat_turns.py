"""200 chat turns at once over the gateway: none lost, none doubled, the ledger exact.

python -m tests.benchmarks.chat_turns [--json]

Starts the whole system as `make up` does, in a directory of its own. Four users with five sessions
each send ten messages into every session at the same instant, every second one streamed. Then
every session is read back, and every user's lines, counters and month in the ledger's table.
"""

import asyncio
import json
import statistics
import time
from collections import Counter
from dataclasses import dataclass

import httpx

from tests.benchmarks.harness import show
from tests.benchmarks.system import System, data, signed_up, system
from tests.support.ledger import counters, month, stored_lines, sums_of_lines

USERS, SESSIONS, MESSAGES = 4, 5, 10


@dataclass(frozen=True)
class Person:
    """A signed-in user with sessions."""

    id: str
    headers: dict[str, str]
    sessions: list[str]


async def with_sessions(client: httpx.AsyncClient) -> Person:
    account = await signed_up(client)
    headers = account.headers
    role = {"name": "助手", "system_prompt": "你是助手。", "model_config": {"model": "builtin"}}
    role_id = data(await client.post("/roles", json=role, headers=headers))["id"]
    sessions = [
        data(await client.post("/chat-sessions", json={"role_id": role_id}, headers=headers))["id"]
        for _ in range(SESSIONS)
    ]
    return Person(account.id, headers, sessions)


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


async def measure(running: System) -> list[float]:
    async with running.client() as client:
        people = [await with_sessions(client) for _ in range(USERS)]
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


def main() -> None:
    with system() as running:
        begun = time.perf_counter()
        taken = sorted(asyncio.run(measure(running)))
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
