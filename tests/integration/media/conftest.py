"""Both simulators as real servers, and a registry that points to them."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import boto3
import pytest
import pytest_asyncio

from infra.local.simulators.ark import server as ark_server
from infra.local.simulators.volcengine import server as volcengine_server
from shared.ai.registry import Registry
from shared.ai.retry import Pause
from shared.ai.settings import AISettings
from shared.aws.secrets import forget_secrets
from shared.core.settings import forget_settings
from shared.media.port import JobState
from tests.support.aws import REGION
from tests.support.simulators import Simulator, running_simulator

ARK_MODELS = ["doubao-seedream-3.0-t2i", "doubao-seedream-4.0", "doubao-seedance-1.0-pro"]
JIMENG_MODELS = ["jimeng-t2i-3.0", "jimeng-i2i-3.0", "jimeng-i2v-3.0"]


@pytest_asyncio.fixture
async def ark() -> AsyncIterator[Simulator]:
    async with running_simulator(ark_server.make_app(scale=0.0)) as running:
        yield running


@pytest_asyncio.fixture
async def volcengine() -> AsyncIterator[Simulator]:
    access_key, _, secret = volcengine_server.DEFAULT_KEY.partition(":")
    async with running_simulator(volcengine_server.make_app({access_key: secret}, 0.0)) as running:
        yield running


@pytest.fixture
def models(ark: Simulator, volcengine: Simulator, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The registry of a function that has both services; waits between attempts take no time."""
    limits = {"timeout_s": 2}
    providers = [
        {"name": "ark", "kind": "ark", "base_url": f"{ark.url}/api/v3", "models": ARK_MODELS},
        {"name": "jimeng", "kind": "volcengine", "base_url": volcengine.url,
         "models": JIMENG_MODELS},
    ]  # fmt: skip
    monkeypatch.setenv("PROVIDERS", json.dumps([provider | limits for provider in providers]))
    put_keys(ark_server.DEFAULT_KEY, volcengine_server.DEFAULT_KEY)
    forget_settings()
    return Registry(AISettings.from_env(), Pause(asleep=lambda _: asyncio.sleep(0)))


def put_keys(ark_key: str, volcengine_key: str) -> None:
    """The keys in the providers' secret."""
    keys = {"ark": ark_key, "jimeng": volcengine_key}
    boto3.client("secretsmanager", REGION).put_secret_value(
        SecretId="rolecraft-test-providers", SecretString=json.dumps(keys)
    )
    forget_secrets()


async def ended(provider: Any, job: str) -> JobState:
    """The state of a job once it no longer runs."""
    async with asyncio.timeout(30):
        while (state := await provider.poll(job)).status == "running":
            await asyncio.sleep(0.01)
    return state
