"""One breaker in two processes: opened by both together, closed for both by one good probe."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.emulator.process import CREDENTIALS
from tests.emulator.support import RunningEmulator

ROOT = Path(__file__).parents[2]
BEGINNING = 1_767_323_045.0


@dataclass
class Copy:
    """A running copy of a function."""

    process: "subprocess.Popen[str]"

    def call(self, after: float, ends: str = "badly") -> str:
        """One call so many seconds after the beginning: `called` or `refused`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"at": BEGINNING + after, "ends": ends}) + "\n")
        self.process.stdin.flush()
        answers = (json.loads(line) for line in self.process.stdout)
        # Log lines, objects all of them, go the same way.
        return next(answer for answer in answers if isinstance(answer, str))


@contextmanager
def copy(emulator: RunningEmulator, table: str) -> Iterator[Copy]:
    environment = {**os.environ, **CREDENTIALS, "LIMITS_TABLE": table}
    environment["AWS_ENDPOINT_URL"] = emulator.url
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.breaker_copy"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Copy(process)
        assert process.stdin is not None
        process.stdin.close()
    assert process.returncode == 0


@pytest.fixture
def copies(emulator: RunningEmulator) -> Iterator[tuple[Copy, Copy]]:
    table = f"limits-{uuid.uuid4().hex[:8]}"
    emulator.client("dynamodb").create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
    with copy(emulator, table) as first, copy(emulator, table) as second:
        assert first.process.pid != second.process.pid
        yield first, second


def test_failures_of_two_processes_open_it_for_both(copies: tuple[Copy, Copy]) -> None:
    first, second = copies
    for number in range(5):
        assert (first, second)[number % 2].call(number * 0.1) == "called"
    # A copy asks the table every five seconds at the latest.
    assert first.call(6, "well") == second.call(6, "well") == "refused"
    assert first.call(59, "well") == second.call(59, "well") == "refused"


def test_a_good_probe_of_one_process_closes_it_for_both(copies: tuple[Copy, Copy]) -> None:
    first, second = copies
    for _ in range(5):
        first.call(0)
    assert second.call(1, "well") == "refused"
    assert second.call(61, "well") == "called"
    assert first.call(61.1, "well") == "called"
    assert second.call(62) == "called"
    assert first.call(62, "well") == "called"


def test_a_bad_probe_of_one_process_keeps_it_open_for_both(copies: tuple[Copy, Copy]) -> None:
    first, second = copies
    for _ in range(5):
        first.call(0)
    assert first.call(61) == "called"
    assert first.call(62, "well") == "refused"
    assert second.call(62, "well") == "refused"
    assert second.call(122, "well") == "called"
