"""A running system for benchmarks, with its tables named in this process's environment."""

import json
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx

from infra.local.emulator.process import CREDENTIALS
from infra.local.ports import free_port
from tests.e2e.conftest import running_system

PATIENCE_SECONDS = 300.0


@dataclass(frozen=True)
class System:
    """Where it is; `ports` are those of its parts by name, `admin` signs in as the demo's."""

    url: str
    ports: dict[str, int]
    admin: dict[str, str]

    def client(self) -> httpx.AsyncClient:
        """Of the API, with a connection of its own for each call."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        return httpx.AsyncClient(
            base_url=f"{self.url}/api/v1", timeout=PATIENCE_SECONDS, limits=limits, trust_env=False
        )


@dataclass(frozen=True)
class Account:
    """A new user who is signed in."""

    id: str
    headers: dict[str, str]


@contextmanager
def system() -> Iterator[System]:
    """Started as `make up` does, in a directory of its own."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        with running_system(state, free_port(), {}) as url:
            ports = json.loads((state / "run.json").read_text())["ports"]
            os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL=f"http://127.0.0.1:{ports['emulator']}")
            os.environ.update(_tables())
            demo = json.loads((state / "demo.json").read_text())
            yield System(url, ports, demo["admin"])


async def signed_up(client: httpx.AsyncClient) -> Account:
    """A new user."""
    email = f"{uuid.uuid4().hex}@example.com"
    body = {"email": email, "password": "correct-horse-42", "name": "测试"}
    made = data(await client.post("/auth/register", json=body))
    return Account(made["user"]["id"], {"Authorization": f"Bearer {made['access_token']}"})


def data(answer: httpx.Response) -> Any:
    """What a good answer carries."""
    assert answer.status_code < 300, (answer.status_code, answer.text)
    return answer.json()["data"]


def percentile(values: list[float], part: float) -> float:
    """The value that so many of all do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def _tables() -> dict[str, str]:
    pages = boto3.client("lambda").get_paginator("list_functions").paginate()
    variables = (
        function.get("Environment", {}).get("Variables", {})
        for page in pages
        for function in page["Functions"]
    )
    return {
        name: value
        for found in variables
        for name, value in found.items()
        if name.endswith("_TABLE")
    }
