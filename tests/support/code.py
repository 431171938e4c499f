"""A real engine of code blocks, and what is running because of it."""

import json
from pathlib import Path
from typing import Any

from functions.code_executor.executor import Executor
from functions.code_executor.settings import EngineSettings
from shared.code.models import CodeError, CodeOutcome, CodeRequest
from tests.support.waiting import until


class Engine:
    """Runs code and tells its result or its error; a test ends with `assert_at_rest`."""

    def __init__(self, settings: EngineSettings | None = None, **options: Any) -> None:
        self.settings = settings or EngineSettings()
        self.executor = Executor(self.settings, **options)

    def run(self, code: str, data: object = None, timeout_ms: int = 60_000) -> CodeOutcome:
        text = json.dumps({} if data is None else data, ensure_ascii=False).encode()
        return self.executor.execute(CodeRequest(code, text, timeout_ms))

    def result(self, code: str, data: object = None, timeout_ms: int = 60_000) -> Any:
        outcome = self.run(code, data, timeout_ms)
        assert outcome.error is None, outcome.error
        assert outcome.result_json is not None
        return json.loads(outcome.result_json)

    def error(self, code: str, data: object = None, timeout_ms: int = 60_000) -> CodeError:
        outcome = self.run(code, data, timeout_ms)
        assert outcome.error is not None, outcome.result_json
        assert outcome.result_json is None
        return outcome.error

    @property
    def zygote(self) -> int:
        process = self.executor._nursery._process
        assert process is not None
        return process.pid

    def children(self) -> list[int]:
        """Every process that the zygote has made and that is not reaped, zombies included."""
        return children_of(self.zygote)

    def assert_at_rest(self) -> None:
        """The next execution is right, and only the pool's children are left."""
        assert self.result("return input.n + 1", {"n": 41}) == 42
        size = self.settings.pool_size
        # Asking for the state is what replaces a zygote whose end was not seen before.
        until(lambda: self.executor.status().ready == size and len(self.children()) == size)


def children_of(process: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == process:
            found.append(int(stat.parent.name))
    return found


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def private_bytes(process: int) -> int:
    """Memory that this process shares with nobody.

    Pages of a file that nobody else has open at the moment are not its own: it did not write them,
    and the next process that opens the file shares them.
    """
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    return int(rollup.partition("Private_Dirty:")[2].split(None, 1)[0]) * 1024


def resident_bytes(process: int) -> int:
    """The most memory that this process has had so far; 0 when it is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    peak = status.partition("VmHWM:")[2].split(None, 1)
    return int(peak[0]) * 1024 if peak else 0
