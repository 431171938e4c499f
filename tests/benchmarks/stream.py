"""A streamed turn through chat_stream against a direct connection to the same model server.

python -m tests.benchmarks.stream [--json]

Four processes: the model simulator, the emulator (DynamoDB), chat_stream under uvicorn, and this
client on bare sockets. Everything a turn does is done: callers and limits are checked, question
and answer saved, usage parsed, money settled, events written.

`added first` counts from the stream's first event to the first delta (the direct connection: from
the request), `opening` from the request to the first event: reading session and role, writing
question, answer and reservation. Time per chunk is taken up to the last delta of 2,000 chunks at
full speed; `saving` is from there to the last event. Rounds are interleaved, figures are medians.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from infra.local.emulator.process import CREDENTIALS, emulator
from infra.local.emulator_venv import ensure_emulator_venv
from infra.local.ports import free_port
from infra.local.processes import answers
from shared.core import ids
from shared.core.settings import forget_settings
from shared.data.roles import ModelConfig
from tests.benchmarks.harness import ROOT, show
from tests.support.aws import create_everything, environment
from tests.support.callers import token_of
from tests.support.chat import stored_session
from tests.support.roles import stored_role

ROUNDS = 11
CHUNKS = 2000
FAST, PACED = f"sim-fast-{CHUNKS}", "sim-slow-5"
KEY = "sim-key"
MOST_FIRST_MS = 3.0
MOST_US_A_CHUNK = 60.0


@dataclass(frozen=True)
class Timing:
    """Seconds: to the first event, from there to the first delta, to the last, to the end."""

    opening: float
    first: float
    last: float
    saving: float


async def timed(
    port: int, path: str, key: str, body: dict[str, Any], opens: bytes, delta: bytes
) -> Timing:
    """One POST whose answer is read to its end.

    `opens` stands in the event before the first delta, `delta` in every delta.
    """
    raw = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    begun = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    writer.write(head.encode() + raw)
    await reader.readuntil(opens)
    opened = time.perf_counter()
    await reader.readuntil(delta)
    first = last = time.perf_counter()
    tail = b""
    while not tail.endswith(b"0\r\n\r\n"):
        piece = await reader.read(1 << 16)
        assert piece, "cut"
        if delta in piece:
            last = time.perf_counter()
        tail = (tail + piece)[-16:]
    writer.close()
    ended = time.perf_counter()
    return Timing(opened - begun, first - opened, last - opened, ended - last)


@dataclass(frozen=True)
class Bench:
    """Where the two servers are, and a session for each model."""

    simulator: int
    stream: int
    token: str
    sessions: dict[str, str]

    async def direct(self, model: str) -> Timing:
        options = {"stream": True, "stream_options": {"include_usage": True}}
        body = {"model": model, "messages": [{"role": "user", "content": "数到两千"}], **options}
        path = "/v1/chat/completions"
        return await timed(self.simulator, path, KEY, body, b"data: ", b"data: ")

    async def ours(self, model: str) -> Timing:
        path = f"/api/v1/chat/{self.sessions[model]}/stream"
        body = {"message": "数到两千"}
        return await timed(self.stream, path, self.token, body, b'"session_id"', b'{"content": "')

    async def rounds(self) -> dict[str, list[Timing]]:
        """Each way and model in turn."""
        found: dict[str, list[Timing]] = {}
        for number in range(ROUNDS + 1):
            for model in (FAST, PACED):
                for name, way in (("direct", self.direct), ("ours", self.ours)):
                    timing = await way(model)
                    if number:  # the first round warms up
                        found.setdefault(f"{name} {model}", []).append(timing)
        return found


def report(found: dict[str, list[Timing]]) -> None:
    def median(way: str, figure: str) -> float:
        return statistics.median(getattr(timing, figure) for timing in found[way])

    def direct_first(model: str, figure: str) -> float:
        return median(f"direct {model}", "opening") + median(f"direct {model}", figure)

    first_ms = (median(f"ours {PACED}", "first") - direct_first(PACED, "first")) * 1e3
    chunk_us = (median(f"ours {FAST}", "last") - direct_first(FAST, "last")) / CHUNKS * 1e6
    result = {
        "case": f"stream, {CHUNKS} chunks",
        "added first ms": round(first_ms, 2),
        "added us/chunk": round(chunk_us, 1),
        "opening ms": round(median(f"ours {PACED}", "opening") * 1e3, 1),
        "saving ms": round(median(f"ours {PACED}", "saving") * 1e3, 1),
        "direct first ms": round(direct_first(PACED, "first") * 1e3, 1),
        "store": "emulator",
    }
    show(result)
    assert first_ms <= MOST_FIRST_MS, result
    assert chunk_us <= MOST_US_A_CHUNK, result


@contextmanager
def process(command: list[str], ready: str, **variables: str) -> Iterator[None]:
    """A server in a process of its own, from when it answers until the block's end."""
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            while not answers(ready):
                assert running.poll() is None, command
                time.sleep(0.05)
            yield
        finally:
            running.terminate()


@contextmanager
def running_store(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """An emulator with the project's tables, named by the environment of this process."""
    with TemporaryDirectory() as folder:
        port = free_port()
        store = emulator(ROOT, ensure_emulator_venv(ROOT), Path(folder), port)
        store.start()
        try:
            environment(patch)
            for name, value in CREDENTIALS.items():
                patch.setenv(name, value)
            patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
            forget_settings()
            for name, value in create_everything().items():
                patch.setenv(name, value)
            yield
        finally:
            store.stop()


@contextmanager
def bench(patch: pytest.MonkeyPatch) -> Iterator[Bench]:
    simulator, stream = free_port(), free_port()
    with ExitStack() as stack:
        stack.enter_context(running_store(patch))
        server = {
            "name": "sim",
            "kind": "openai-compatible",
            "base_url": f"http://127.0.0.1:{simulator}/v1",
            "models": [FAST, PACED],
            "keyless": True,
        }
        patch.setenv("PROVIDERS", json.dumps([server]))
        patch.setenv("POWERTOOLS_LOG_LEVEL", "WARNING")
        model_server = ["infra.local.simulators.openai", "--port", str(simulator)]
        model_server += ["--key", KEY, "--key", ""]
        stack.enter_context(process(model_server, f"http://127.0.0.1:{simulator}/v1/models"))
        app = ["uvicorn", "functions.chat_stream.run:app", "--port", str(stream)]
        app += ["--no-access-log", "--log-level", "warning"]
        stack.enter_context(process(app, f"http://127.0.0.1:{stream}/"))
        user = ids.new_id("user")
        sessions = {}
        for model in (FAST, PACED):
            role = stored_role(user, model_config=ModelConfig(model, 0.7, 4000, 0.9))
            sessions[model] = stored_session(user, role_id=role.id).id
        yield Bench(simulator, stream, token_of(user), sessions)


def main() -> None:
    patch = pytest.MonkeyPatch()
    try:
        with bench(patch) as ready:
            found = asyncio.run(ready.rounds())
    finally:
        patch.undo()
    report(found)


if __name__ == "__main__":
    main()
