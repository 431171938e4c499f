"""The whole system, started as `make up` does, on ports and a state directory of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from infra.local.emulator.process import CREDENTIALS
from tests.e2e.receiver import Receiver, running_receiver
from tests.support.ports import own_port

ROOT = Path(__file__).parents[2]
# The first of several that start at once builds what all of them run.
START_SECONDS = 900
ANSWER_SECONDS = 120
SIMULATOR_KEY = "throwaway-simulator-key"


@dataclass(frozen=True)
class System:
    """A running system: its origin, its demo accounts, and the model simulator beside it."""

    url: str
    state: Path
    simulator: str
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def api(self) -> str:
        return f"{self.url}/api/v1"

    @property
    def demo(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.state / "demo.json").read_text())
        return found

    def anonymous(self) -> httpx.Client:
        client = httpx.Client(base_url=self.api, timeout=ANSWER_SECONDS, trust_env=False)
        self.clients.append(client)
        return client

    def signed_in(self, email: str, password: str) -> httpx.Client:
        client = self.anonymous()
        answer = client.post("/auth/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['data']['access_token']}"
        return client

    def demo_user(self) -> httpx.Client:
        return self.signed_in(**self.demo["user"])

    def demo_admin(self) -> httpx.Client:
        return self.signed_in(**self.demo["admin"])

    def new_user(self) -> httpx.Client:
        client = self.anonymous()
        email = f"{uuid.uuid4().hex}@example.com"
        body = {"email": email, "password": "correct-horse-42", "name": "测试"}
        answer = client.post("/auth/register", json=body)
        assert answer.status_code == 201, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['data']['access_token']}"
        return client


@contextmanager
def process(
    command: list[str], environment: dict[str, str], log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """A child that is asked to end, waited for, and whose log is shown when it failed."""
    with log.open("wb") as output:
        child = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=output, stderr=output
        )
        try:
            yield child
        finally:
            child.send_signal(signal.SIGTERM)
            code = child.wait(180)
    assert code == 0 or code == -signal.SIGTERM, log.read_text()[-4000:]


def wait_until(ready: Callable[[], bool], seconds: float, what: str, log: Path) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"{what}: {log.read_text()[-4000:]}"
        time.sleep(0.1)


def _answers(url: str, **headers: str) -> bool:
    try:
        return httpx.get(url, headers=headers, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def running_system(state: Path, port: int, environment: dict[str, str]) -> Iterator[str]:
    """`make up`'s command until it says that it is ready; gives its origin."""
    log = state.parent / f"{state.name}.up.log"
    settings = {"PORT": str(port), "STATE": str(state), **environment}
    run_file = state / "run.json"

    def ready() -> bool:
        assert child.poll() is None, f"it ended at start: {log.read_text()[-4000:]}"
        return run_file.is_file() and json.loads(run_file.read_text())["ready"]

    with process([sys.executable, "-m", "infra.cli", "up"], settings, log) as child:
        wait_until(ready, START_SECONDS, "the system did not start", log)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The provider simulator, speaking the OpenAI protocol over real HTTP."""
    port = own_port()
    log = tmp_path_factory.mktemp("simulator") / "log"
    command = [sys.executable, "-m", "infra.local.simulators.openai", "--port", str(port)]
    command += ["--key", SIMULATOR_KEY]
    bearer = f"Bearer {SIMULATOR_KEY}"
    with process(command, {}, log):
        base = f"http://127.0.0.1:{port}"
        wait_until(
            lambda: _answers(f"{base}/v1/models", Authorization=bearer), 120, "simulator", log
        )
        yield base


@pytest.fixture(scope="session")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """Where the system may send webhooks to, though it is on this machine."""
    with running_receiver(tmp_path_factory.mktemp("receiver")) as made:
        yield made


@pytest.fixture(scope="session")
def system(
    tmp_path_factory: pytest.TempPathFactory, simulator: str, receiver: Receiver
) -> Iterator[System]:
    """The system with both the builtin model and a provider behind a real protocol."""
    state = tmp_path_factory.mktemp("system") / "state"
    environment = {
        "OPENAI_BASE_URL": f"{simulator}/v1",
        "OPENAI_API_KEY": SIMULATOR_KEY,
        "TRUSTED_HOSTS": receiver.trusted_hosts,
        # Several systems stand side by side: a process of a function takes 60 to 80 MB.
        "ROLECRAFT_WORKERS_PER_FUNCTION": "8",
    }
    with running_system(state, own_port(), environment) as url:
        system = System(url, state, simulator)
        yield system
        for client in system.clients:
            client.close()


@pytest.fixture
def ledger(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger's table is read directly (tests/support/ledger.py)."""
    ports = json.loads((system.state / "run.json").read_text())["ports"]
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{ports['emulator']}")
    worker = boto3.client("lambda").get_function(FunctionName="rolecraft-local-media-worker")
    variables = worker["Configuration"]["Environment"]["Variables"]
    monkeypatch.setenv("LEDGER_TABLE", variables["LEDGER_TABLE"])
