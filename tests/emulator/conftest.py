"""One emulator per test session, on a free port, with a state directory of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.emulator.process import emulator as emulator_process
from infra.local.emulator_venv import ensure_emulator_venv
from tests.emulator.support import RunningEmulator
from tests.support.ports import own_port

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def interpreter() -> Path:
    return ensure_emulator_venv(ROOT)


@pytest.fixture(scope="session")
def emulator(
    interpreter: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningEmulator]:
    os.environ["ROLECRAFT_TEST_SECRET_OF_DEVELOPER"] = "not for functions"
    port = own_port()
    child = emulator_process(ROOT, interpreter, tmp_path_factory.mktemp("state"), port)
    child.start()
    yield RunningEmulator(port)
    child.stop()
