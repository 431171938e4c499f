"""Code blocks inside the function, beside quickjs-ng, node's vm and mini-racer in process.

python -m tests.benchmarks.code_blocks [--json] [rounds]

Each round asks all four for one execution in an environment that nobody used before. Ours is
the handler's own answer, texts packed and unpacked, from a child that the pool has ready; the
peers run in their process, where one line of code kills or hangs them. Read the ratios on a busy
machine.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import quickjs
from py_mini_racer import MiniRacer

from functions.code_executor.executor import Executor
from functions.code_executor.service import answer
from functions.code_executor.settings import EngineSettings
from shared.code.models import CodeRequest
from shared.code.wire import to_event
from tests.benchmarks.harness import ROOT, show

ROUNDS = 60
LODASH = ROOT / "functions/code_executor/modules/lodash.js"
LARGE = json.dumps({"rows": [{"name": f"n{i}", "v": [i, i / 3]} for i in range(42_000)]})
FIB = "const f = n => n < 2 ? n : f(n - 1) + f(n - 2); return f(27)"
LOOP = "let s = 0; for (let i = 0; i < 5000; i++) s += i * i; return s"
LODASH_CALL = "return _.sum(_.map(_.chunk(_.range(100), 3), c => c.length))"
# Code, input, milliseconds to beat.
CASES = {
    "trivial": ("return input.a + 1", '{"a": 1}', 2.0),
    "5000 iterations": (LOOP, "{}", 2.5),
    "lodash": (LODASH_CALL, "{}", 3.0),
    "fib(27)": (FIB, "{}", 8.0),
    "2 MiB in and out": ("return input", LARGE, 60.0),
}
Run = Callable[[str, str], Any]


class Node:
    """A process with a worker; one execution is a line there and a line back."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(ROOT / "tests/benchmarks/code_peer.mjs"), str(LODASH)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __call__(self, code: str, data: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"code": code, "input": data}).encode() + b"\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def _library(code: str) -> str:
    source = LODASH.read_text("utf-8") if "_." in code else ""
    return f"var module={{exports:{{}}}};{source};var _=module.exports;" if source else ""


def in_quickjs(code: str, data: str) -> Any:
    context = quickjs.Context()
    context.set("text", data)
    context.eval(_library(code) + "0")
    return context.eval(f"JSON.stringify((function(input){{{code}\n}})(JSON.parse(text)))")


def in_mini_racer(code: str, data: str) -> Any:
    racer = MiniRacer()
    racer.eval(f"{_library(code)}var text = {json.dumps(data)}; 0")
    result = racer.eval(f"JSON.stringify((function(input){{{code}\n}})(JSON.parse(text)))")
    racer.close()
    return result


def ours(executor: Executor) -> Run:
    def run(code: str, data: str) -> Any:
        event = to_event(CodeRequest(code, data.encode(), 20_000))
        return answer(executor, event, 60_000)["result"]

    return run


def main() -> None:
    os.environ["POWERTOOLS_LOG_LEVEL"] = "WARNING"
    words = [word for word in sys.argv[1:] if word.isdigit()]
    rounds = int(words[0]) if words else ROUNDS
    executor, node = Executor(EngineSettings()), Node()
    runs: dict[str, Run] = {
        "ours": ours(executor),
        "quickjs": in_quickjs,
        "node": node,
        "mini_racer": in_mini_racer,
    }
    _wait_for_pool(executor)
    for name, (code, data, aim) in CASES.items():
        _compare(name, code, data, aim, runs, rounds if len(data) < 1_000 else rounds // 4)
    node.close()
    executor.close()


def _wait_for_pool(executor: Executor) -> None:
    """The first child loads what it uses; the benchmark is of those that came after."""
    executor.execute(CodeRequest("return 1", b"{}", 5_000))
    deadline = time.monotonic() + 10
    while not executor.is_warm and time.monotonic() < deadline:
        executor.status()
        time.sleep(0.05)


def _compare(
    name: str, code: str, data: str, aim: float, runs: dict[str, Run], rounds: int
) -> None:
    times: dict[str, list[float]] = {peer: [] for peer in runs}
    for number in range(rounds + 3):
        for peer, run in runs.items():
            begun = time.perf_counter()
            run(code, data)
            if number >= 3:
                times[peer].append((time.perf_counter() - begun) * 1000)
            # A pool is filled between two requests; here nothing else would wait for that.
            time.sleep(0.01)
    median = {peer: statistics.median(found) for peer, found in times.items()}
    show(
        {
            "case": name,
            "ms": round(median["ours"], 2),
            "p95": round(sorted(times["ours"])[int(rounds * 0.95) - 1], 2),
            "best": round(min(times["ours"]), 2),
            **{f"{peer}_ms": round(median[peer], 2) for peer in runs if peer != "ours"},
            **{
                f"to_{peer}": round(median["ours"] / median[peer], 2)
                for peer in runs
                if peer != "ours"
            },
            "aim": f"≤ {aim} ms",
        }
    )


if __name__ == "__main__":
    main()
