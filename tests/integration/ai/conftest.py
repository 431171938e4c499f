"""The OpenAI simulator as a real server, and the registry that points to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import boto3
import httpx
import pytest
import pytest_asyncio
from aiohttp import web

from infra.local.simulators.openai.server import make_app
from shared.ai.http_client import close_http_client
from shared.ai.registry import Registry
from shared.ai.retry import Pause
from shared.ai.settings import AISettings
from shared.aws.secrets import forget_secrets
from shared.core.settings import forget_settings
from tests.support.aws import REGION

MODELS = [
    "sim", "sim-slow-40", "sim-tools", "sim-embedding", "sim-401", "sim-402", "sim-403",
    "sim-404", "sim-429", "sim-500", "sim-503", "sim-reset", "sim-cut", "sim-invalid-json",
    "sim-blank", "sim-error-event", "sim-fast-2000",
]  # fmt: skip
SILENT_MODELS = ["sim-silence", "sim-stall", "sim-keep-alive"]


class Simulator:
    """The control side of the running simulator."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    async def told(self, **order: Any) -> None:
        """Order a behaviour."""
        async with httpx.AsyncClient() as client:
            (await client.post(f"{self.url}/_control", json=order)).raise_for_status()

    async def seen(self) -> dict[str, Any]:
        """What it has seen so far."""
        async with httpx.AsyncClient() as client:
            report: dict[str, Any] = (await client.get(f"{self.url}/_control")).json()
            return report

    async def calls(self) -> int:
        """Chat calls so far."""
        return int((await self.seen())["requests"].get("/v1/chat/completions", 0))


@pytest_asyncio.fixture
async def simulator() -> AsyncIterator[Simulator]:
    runner = web.AppRunner(make_app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Simulator(runner.addresses[0][1])
    await close_http_client()
    await runner.cleanup()


@pytest.fixture
def models(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The registry of a function whose only real providers are the simulator.

    The silent models have a provider with little patience, so that the tests need little.
    """
    server = {"kind": "openai-compatible", "base_url": f"{simulator.url}/v1"}
    patient = {**server, "name": "sim", "models": MODELS, "timeout_s": 20}
    impatient = {**server, "name": "silent", "models": SILENT_MODELS, "timeout_s": 0.3}
    monkeypatch.setenv("PROVIDERS", json.dumps([patient, impatient]))
    put_keys("sim-key")
    forget_settings()
    made = Registry(AISettings.from_env(), Pause(asleep=lambda _: asyncio.sleep(0)))
    monkeypatch.setattr("shared.ai.registry._current", made)
    return made


def put_keys(keys: str) -> None:
    """The simulator's keys in the providers' secret."""
    boto3.client("secretsmanager", REGION).put_secret_value(
        SecretId="rolecraft-test-providers", SecretString=json.dumps({"sim": keys, "silent": keys})
    )
    forget_secrets()
