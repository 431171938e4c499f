"""300 students enrol in one course at once, over the gateway: all of them are counted, once.

python -m tests.benchmarks.enrolling [--json]

Starts the whole system as `make up` does. Every student sends its own request, twice, so that half
of what arrives must not count.
"""

import asyncio
import time
import uuid

import httpx

from tests.benchmarks.harness import show
from tests.benchmarks.system import Account, System, data, percentile, signed_up, system

STUDENTS, TIMES = 300, 2
SIGN_UPS_AT_ONCE = 8


async def with_role(client: httpx.AsyncClient, admin: Account, role: str) -> Account:
    """A new user whom the admin gives a role, signed in with it."""
    made = await signed_up(client)
    path = f"/users/{made.id}"
    user = data(await client.put(path, json={"roles": [role]}, headers=admin.headers))
    body = {"email": user["email"], "password": "correct-horse-42"}
    tokens = data(await client.post("/auth/login", json=body))
    return Account(made.id, {"Authorization": f"Bearer {tokens['access_token']}"})


async def enrol(client: httpx.AsyncClient, student: Account, path: str) -> float:
    """Seconds of one enrolment."""
    begun = time.perf_counter()
    data(await client.post(path, headers=student.headers))
    return time.perf_counter() - begun


async def measure(running: System) -> dict[str, float]:
    async with running.client() as client:
        tokens = data(await client.post("/auth/login", json=running.admin))
        admin = Account("", {"Authorization": f"Bearer {tokens['access_token']}"})
        gate = asyncio.Semaphore(SIGN_UPS_AT_ONCE)

        async def a_student() -> Account:
            async with gate:
                return await with_role(client, admin, "student")

        teacher = await with_role(client, admin, "teacher")
        students = await asyncio.gather(*(a_student() for _ in range(STUDENTS)))
        code = f"BENCH-{uuid.uuid4().hex[:8].upper()}"
        body = {"name": "四级", "code": code, "total_hours": 48}
        course = data(await client.post("/courses", json=body, headers=teacher.headers))
        path = f"/courses/{course['id']}/enrollments"
        begun = time.perf_counter()
        taken = await asyncio.gather(
            *(enrol(client, student, path) for student in students for _ in range(TIMES))
        )
        seconds = time.perf_counter() - begun
        found = await client.get(f"/courses/{course['id']}", headers=teacher.headers)
        count = data(found)["enrollment_count"]
        assert count == STUDENTS, count
    return {
        "students": STUDENTS,
        "requests": STUDENTS * TIMES,
        "count": count,
        "seconds": round(seconds, 1),
        "p50 s": round(percentile(list(taken), 0.5), 2),
        "p99 s": round(percentile(list(taken), 0.99), 2),
    }


def main() -> None:
    with system() as running:
        figures = asyncio.run(measure(running))
    show({"case": "300 enrolments", **figures})


if __name__ == "__main__":
    main()
