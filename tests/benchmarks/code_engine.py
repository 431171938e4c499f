"""What the engine of code blocks costs: cold start, throughput, memory, late deadlines, requests.

python -m tests.benchmarks.code_engine [--json]
"""

import json
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from functions.code_executor.executor import Executor
from functions.code_executor.fetching.client import FetchClient
from functions.code_executor.settings import EngineSettings
from shared.code.models import CodeRequest
from tests.benchmarks.harness import fresh_interpreter, layer_paths, shipped_tree, show
from tests.integration.code_executor.fetching.web_server import running_world
from tests.support.code import children_of, private_bytes

COLD = """
import time
begun = time.perf_counter()
from functions.code_executor.handler import handler
class Context:
    def get_remaining_time_in_millis(self):
        return 60000
event = {{"action": "execute", "code": {code!r}, "input": "{{}}", "packing": "swap",
    "timeout_ms": 20000}}
answer = handler(event, Context())
took = (time.perf_counter() - begun) * 1000
assert "result" in answer, answer
import sys
sys.stderr.flush()
sys.stdout.write("\\n%.1f" % took)
"""
SECONDS = 4.0


def main() -> None:
    cold_start("cold start", "return 1", aim="≤ 400 ms")
    cold_start("cold, lodash", "return _.chunk([1, 2], 1)", aim="–")
    executor = Executor(EngineSettings())
    _run(executor, "return 1")
    time.sleep(1.0)
    memory(executor)
    late_deadlines(executor)
    memory_bomb(executor)
    executor.close()
    for code, name in (("return 1", "trivial"), ("return _.chunk([1, 2], 1)", "lodash")):
        throughput(name, code)
    requests()


def cold_start(name: str, code: str, *, aim: str, rounds: int = 7) -> None:
    """From the handler's import to the first answer, in a new interpreter with byte-code."""
    with shipped_tree() as tree:
        paths = [tree, *layer_paths()]
        runs = [fresh_interpreter(COLD.format(code=code), paths) for _ in range(rounds + 1)][1:]
    times = [float(run.printed.splitlines()[-1]) for run in runs]
    show(
        {"case": name, "ms": round(statistics.median(times)), "best": round(min(times)), "aim": aim}
    )


def memory(executor: Executor) -> None:
    zygote = executor._nursery._process
    assert zygote is not None
    megabytes = [private_bytes(child) / 2**20 for child in children_of(zygote.pid)]
    show({"case": "waiting child", "private_mb": round(max(megabytes), 1), "aim": "≤ 8 MB"})


def late_deadlines(executor: Executor) -> None:
    late = []
    for code in ("for(;;);", "await (function f(){return Promise.resolve().then(f)})()") * 8:
        begun = time.perf_counter()
        outcome = executor.execute(CodeRequest(code, b"{}", 300))
        late.append((time.perf_counter() - begun) * 1000 - 300)
        assert outcome.error is not None
        assert outcome.error.type == "TimeoutError"
    figures = {"median_ms": round(statistics.median(late), 1), "most_ms": round(max(late), 1)}
    show({"case": "late deadline", **figures, "aim": "≤ 200 ms"})


def memory_bomb(executor: Executor) -> None:
    begun = time.perf_counter()
    code = "const k=[];for(;;)k.push(new Uint8Array(1e7).fill(1))"
    outcome = executor.execute(CodeRequest(code, b"{}", 20_000))
    assert outcome.error is not None
    took = (time.perf_counter() - begun) * 1000
    show(
        {"case": "memory bomb", "ms": round(took), "error": outcome.error.type, "aim": "≤ 1000 ms"}
    )


def throughput(name: str, code: str) -> None:
    """Executions a second with two callers and a pool that is never full, single use."""
    executor = Executor(EngineSettings(pool_size=2))
    _run(executor, code)
    time.sleep(1.0)
    stop = time.perf_counter() + SECONDS
    count, lock = 0, threading.Lock()

    def call() -> None:
        nonlocal count
        while time.perf_counter() < stop:
            _run(executor, code)
            with lock:
                count += 1

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(call) for _ in range(2)]:
            done.result()
    executor.close()
    show({"case": f"{name}, 2 callers", "per_second": round(count / SECONDS), "aim": "≥ 100 /s"})


def requests() -> None:
    """A request to a server on this machine, and the execution around it without one."""
    with tempfile.TemporaryDirectory() as folder, running_world(Path(folder)) as world:

        def client() -> FetchClient:
            return FetchClient(5.0, 5_242_880, 5, world.resolve, world.allowed, world.trusted)

        executor = Executor(EngineSettings(), make_client=client)
        data = json.dumps({"url": world.plain_url("/echo")}).encode()
        code = "return (await fetch(input.url)).status"
        times = [_run(executor, code, data) for _ in range(40)][10:]
        executor.close()
    show({"case": "local fetch", "ms": round(statistics.median(times), 1), "aim": "≤ 8 ms"})


def _run(executor: Executor, code: str, data: bytes = b"{}") -> float:
    begun = time.perf_counter()
    outcome = executor.execute(CodeRequest(code, data, 20_000))
    assert outcome.ok, outcome.error
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
