"""What the engine of code blocks costs: cold start, throughput, memory, late deadlines, requests.

python -m tests.benchmarks.code_engine [--json]
"""

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from subprocess import PIPE

from functions.code_executor.executor import Executor
from functions.code_executor.fetching.client import FetchClient
from functions.code_executor.settings import EngineSettings
from shared.code.models import CodeRequest
from tests.benchmarks.harness import ROOT, fresh_interpreter, layer_paths, shipped_tree, show
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
WORLD = """
import sys, tempfile
from pathlib import Path
from tests.integration.code_executor.fetching.web_server import running_world
with tempfile.TemporaryDirectory() as folder, running_world(Path(folder)) as world:
    print(world.plain_url("/echo"), flush=True)
    sys.stdin.read()
"""
SECONDS = 4.0


def main() -> None:
    cold_start("cold start", "return 1", aim="≤ 400 ms")
    cold_start("cold, lodash", "return _.chunk([1, 2], 1)", aim="–")
    executor = Executor(EngineSettings())
    _warm_up(executor)
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
    _warm_up(executor)
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
    """A request to a server on this machine, the execution around it included.

    The server has a process of its own: in this one it would wait for Python's lock.
    """
    world = subprocess.Popen([sys.executable, "-c", WORLD], stdin=PIPE, stdout=PIPE, cwd=ROOT)
    assert world.stdout is not None
    assert world.stdin is not None
    data = json.dumps({"url": world.stdout.readline().decode().strip()}).encode()

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    def client() -> FetchClient:
        return FetchClient(5.0, 5_242_880, 5, resolve, lambda address: address.is_loopback)

    executor = Executor(EngineSettings(), make_client=client)
    _warm_up(executor)
    code = "return (await fetch(input.url)).status"
    times = []
    for _ in range(60):
        times.append(_run(executor, code, data))
        # As in code_blocks: the pool is filled between two requests.
        time.sleep(0.02)
    executor.close()
    world.stdin.close()
    world.wait()
    figures = {"ms": round(statistics.median(times[10:]), 1), "best": round(min(times), 1)}
    show({"case": "local fetch", **figures, "aim": "≤ 8 ms"})


def _warm_up(executor: Executor) -> None:
    """The first children load what they use; the figures are of those that came after."""
    _run(executor, "return 1")
    while not executor.is_warm:
        executor.status()
        time.sleep(0.05)


def _run(executor: Executor, code: str, data: bytes = b"{}") -> float:
    begun = time.perf_counter()
    outcome = executor.execute(CodeRequest(code, data, 20_000))
    assert outcome.ok, outcome.error
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
