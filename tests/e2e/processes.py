"""The processes that functions of a running system run in, and the end of them by id."""

import json
import os
import random
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.e2e import flows
from tests.e2e.conftest import System

_PAUSE_SECONDS = (0.3, 1.2)


def ports_of(system: System) -> dict[str, int]:
    """Where the parts of a running system listen."""
    found: dict[str, int] = json.loads((system.state / "run.json").read_text())["ports"]
    return found


def workers(system: System, function: str) -> list[int]:
    """Process ids of a function, by its name in the catalogue."""
    named = f"AWS_LAMBDA_FUNCTION_NAME=rolecraft-local-{function.replace('_', '-')} "
    asks = f"AWS_ENDPOINT_URL=http://127.0.0.1:{ports_of(system)['emulator']} "
    listed = subprocess.run(
        ["ps", "axeww", "-o", "pid=,command="], capture_output=True, text=True, check=True
    )
    lines = (f"{line} " for line in listed.stdout.splitlines())
    return [int(line.split(None, 1)[0]) for line in lines if named in line and asks in line]


def kill_workers(system: System, function: str) -> int:
    """Kill every process of a function and wait for its end; how many there were."""
    killed = set()
    for pid in workers(system, function):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
    flows.eventually(lambda: not killed & {*workers(system, function)})
    return len(killed)


@contextmanager
def killing(system: System, function: str, times: int) -> Iterator[dict[str, Any]]:
    """While the block runs, its processes are killed at odd moments, at most so many times.

    Gives `{"killed": how many have been}`.
    """
    told, over = {"killed": 0}, threading.Event()

    def work() -> None:
        while told["killed"] < times and not over.wait(random.uniform(*_PAUSE_SECONDS)):
            told["killed"] += kill_workers(system, function)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield told
    finally:
        over.set()
        thread.join()
