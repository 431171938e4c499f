"""A whole run from start to end, as `make up`, `make down`, Ctrl-C and kill -9 drive it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.instance import ROOT
from infra.local.ports import is_free
from infra.local.run_file import is_alive
from tests.support.ports import own_port
from tests.support.waiting import until

pytestmark = pytest.mark.takes(60)

START_SECONDS = 900
END_SECONDS = 180


class Run:
    """`rolecraft up` in a process of its own."""

    def __init__(self, state: Path, port: int, environment: dict[str, str]) -> None:
        self.state = state
        self.port = port
        self.environment = environment
        self.output = state.parent / f"up-{time.monotonic_ns()}.log"
        with self.output.open("wb") as output:
            self.process = self._command("up", stdout=output, stderr=output)

    def _command(self, name: str, **streams: Any) -> "subprocess.Popen[bytes]":
        own = {"PORT": str(self.port), "STATE": str(self.state)}
        environment = {**os.environ, **own, **self.environment}
        command = [sys.executable, "-m", "infra.cli", name]
        return subprocess.Popen(command, cwd=ROOT, env=environment, **streams)

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.state / "run.json").read_text())
        return facts

    def ready(self) -> "Run":
        until(lambda: "Stop / " in self.said or self.process.poll() is not None, START_SECONDS, 0.1)
        assert self.process.poll() is None, self.said
        return self

    def login(self) -> int:
        user = json.loads((self.state / "demo.json").read_text())["user"]
        url = f"http://127.0.0.1:{self.port}/api/v1/auth/login"
        return httpx.post(url, json=user, timeout=60, trust_env=False).status_code

    def down(self) -> int:
        return self._command("down").wait(END_SECONDS)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(END_SECONDS)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []
    port = own_port()

    def begin(**environment: str) -> Run:
        runs.append(Run(tmp_path / "state", port, environment))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)


def test_run_from_first_start_to_the_last_process(start: Callable[..., Run]) -> None:
    first = start().ready()
    assert first.login() == 200
    pids = first.facts["pids"]
    simulators = {"models", "ark", "volcengine", "wechatpay"}
    assert {*pids} == {"emulator", "chat_stream", "gateway", *simulators}

    second = start()
    assert second.process.wait(END_SECONDS) == 1
    assert "already running" in second.said

    os.kill(pids["gateway"], signal.SIGKILL)
    until(lambda: "started again" in first.said, END_SECONDS, 0.1)
    until(lambda: first.facts["pids"]["gateway"] != pids["gateway"], END_SECONDS, 0.1)
    assert first.login() == 200

    pids = first.facts["pids"]
    first.end(signal.SIGKILL)
    third = start(OPENAI_BASE_URL="simulator").ready()
    assert not [name for name, pid in pids.items() if is_alive(pid)]
    added = third.said.partition("demo data")[2].partition("\n")[0]
    assert added.count("now on sim") == 2
    assert "knowledge base" not in added
    assert third.login() == 200

    pids = third.facts["pids"]
    assert third.down() == 0
    assert third.process.wait(END_SECONDS) == 0
    assert not [name for name, pid in pids.items() if is_alive(pid)]
    assert is_free(third.port)
    assert not (third.state / "run.json").exists()


def test_interrupt_during_the_start_stops_what_was_started(start: Callable[..., Run]) -> None:
    run = start()
    until(lambda: "emulator ready" in run.said, START_SECONDS, 0.1)
    assert run.end(signal.SIGINT) == 0
    assert run.said.rstrip().endswith("stopped")
