"""The OpenAI simulator as a real server, and the registry that points to it."""

import asyncio
import json
from collections.abc import AsyncIterator

import boto3
import pytest
import pytest_asyncio

from infra.local.simulators.openai.server import make_app
from shared.ai.registry import Registry
from shared.ai.retry import Pause
from shared.ai.settings import AISettings
from shared.aws.secrets import forget_secrets
from shared.core.settings import forget_settings
from tests.support.aws import REGION
from tests.support.simulators import Simulator, running_simulator

MODELS = [
    "sim", "sim-slow-40", "sim-tools", "sim-embedding", "sim-401", "sim-402", "sim-403",
    "sim-404", "sim-429", "sim-500", "sim-503", "sim-reset", "sim-cut", "sim-invalid-json",
    "sim-blank", "sim-error-event", "sim-fast-2000",
]  # fmt: skip
SILENT_MODELS = ["sim-silence", "sim-stall", "sim-keep-alive"]


@pytest_asyncio.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with running_simulator(make_app()) as running:
        yield running


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
