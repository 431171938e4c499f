"""Code blocks over the gateway: p50 and p99 with 50 clients, and the figures agree.

python -m tests.benchmarks.code_gateway [--json]

Starts the whole system as `make up` does. Each client sends its blocks one after another under a
token and an address of its own; the peer is GET /health through the same gateway.
"""

import asyncio
import base64
import statistics
import time
from collections.abc import Awaitable, Callable

import httpx

from infra.local.aws import LocalAws
from infra.local.demo.code import flow_admin_token
from tests.benchmarks.harness import show
from tests.benchmarks.system import System, percentile, system

CLIENTS, BLOCKS = 50, 20
CODE = base64.b64encode(b"return input.a + 1").decode()
Call = Callable[[int], Awaitable[None]]


async def new_tokens(client: httpx.AsyncClient, admin: dict[str, str]) -> list[str]:
    body = {
        "ws_id": "bench",
        "email": "bench@example.com",
        "operation": "unlimited",
        "rate_limit_per_minute": 60_000,
        "rate_limit_burst": 1_000,
    }
    answers = [await client.post("/flow/tokens", json=body, headers=admin) for _ in range(CLIENTS)]
    return [answer.json()["data"]["access_token"] for answer in answers]


async def measure(case: str, call: Call) -> None:
    async def one_client(number: int) -> list[float]:
        taken = []
        for _ in range(BLOCKS):
            begun = time.perf_counter()
            await call(number)
            taken.append((time.perf_counter() - begun) * 1000)
        return taken

    begun = time.perf_counter()
    each = await asyncio.gather(*(one_client(number) for number in range(CLIENTS)))
    seconds = time.perf_counter() - begun
    taken = [value for values in each for value in values]
    show(
        {
            "case": case,
            "clients": CLIENTS,
            "calls/s": round(len(taken) / seconds),
            "p50 ms": round(statistics.median(taken), 1),
            "p99 ms": round(percentile(taken, 0.99), 1),
        }
    )


async def run(running: System) -> None:
    admin = {"Authorization": f"Bearer {_admin_token(running)}"}
    async with httpx.AsyncClient(base_url=running.url, timeout=120, trust_env=False) as client:
        tokens = await new_tokens(client, admin)

        async def block(number: int) -> None:
            answer = await client.post(
                "/flow/codeblock",
                json={"input": {"a": number}, "codebase64": CODE},
                headers={"accessToken": tokens[number], "X-Forwarded-For": f"192.0.2.{number}"},
            )
            assert answer.json()["result"] == number + 1, answer.text

        async def health(number: int) -> None:
            headers = {"X-Forwarded-For": f"198.51.100.{number}"}
            assert (await client.get("/health", headers=headers)).status_code == 200

        for number in range(CLIENTS):
            await block(number)
        await measure("GET /health", health)
        await measure("code block", block)
        status = (await client.get("/flow/status", headers=admin)).json()["data"]
    assert status["totalExecutions"] == CLIENTS * (BLOCKS + 1), status
    assert status["currentExecutions"] == 0, status


def _admin_token(running: System) -> str:
    aws = LocalAws(running.ports["emulator"])
    secrets = aws.client("secretsmanager").list_secrets()["SecretList"]
    (flow,) = [secret["ARN"] for secret in secrets if "Admin token" in secret["Description"]]
    return flow_admin_token(aws, flow)


def main() -> None:
    with system() as running:
        asyncio.run(run(running))


if __name__ == "__main__":
    main()
