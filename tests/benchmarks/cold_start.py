"""Cold start: a fresh interpreter imports a group's handler, beside a FastAPI + Mangum hello.

python -m tests.benchmarks.cold_start [--json] [rounds] [function …]

Sources and layers are those of the local artifact, with byte-code. The clock stops when the
handler is there: taking the interpreter down again, which Lambda never does, takes the hello some
90 ms and us next to none. Rounds are interleaved; medians of the times and of each round's ratios
are shown. So are the least and the processor's time, which hold better on a busy machine. Nothing
here needs an account, so what Lambda adds around it is not in the figures.
"""

import statistics
import sys
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.harness import ROOT, Run, fresh_interpreter, layer_paths, shipped_tree, show

ROUNDS = 11
MOST_RATIO = 1.6
MOST_MS = 450
MOST_MS_ROLES = 300
READY = "import os, {module}; {module}.handler; os._exit(0)"


def main() -> None:
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    rounds = next((int(word) for word in words if word.isdigit()), ROUNDS)
    wanted = [word for word in words if not word.isdigit()] or _api_groups()
    with shipped_tree() as tree:
        modules = {name: f"functions.{name}.handler" for name in wanted}
        _compare({"hello": "hello", **modules}, [tree, *layer_paths()], rounds)


def _api_groups() -> list[str]:
    handlers = sorted((ROOT / "functions").glob("*/handler.py"))
    return [path.parent.name for path in handlers if "create_app" in path.read_text("utf-8")]


def _compare(cases: dict[str, str], paths: list[Path], rounds: int) -> None:
    runs: dict[str, list[Run]] = {name: [] for name in cases}
    for number in range(rounds + 1):  # the first round fills the page cache
        for name, module in cases.items():
            run = fresh_interpreter(READY.format(module=module), paths)
            if number:
                runs[name].append(run)
    for name in cases:
        most = MOST_MS_ROLES if name == "roles" else MOST_MS
        show(
            {
                "case": name,
                "wall_ms": round(statistics.median(run.wall_ms for run in runs[name])),
                "least_ms": round(min(run.wall_ms for run in runs[name])),
                "cpu_ms": round(statistics.median(run.cpu_ms for run in runs[name])),
                "wall_ratio": _ratio(runs, name, lambda run: run.wall_ms),
                "cpu_ratio": _ratio(runs, name, lambda run: run.cpu_ms),
                "aim": "–" if name == "hello" else f"≤ {most} ms, ≤ {MOST_RATIO}×",
            }
        )


def _ratio(runs: dict[str, list[Run]], name: str, time: Callable[[Run], float]) -> float:
    pairs = zip(runs[name], runs["hello"], strict=True)
    return round(statistics.median(time(ours) / time(hello) for ours, hello in pairs), 2)


if __name__ == "__main__":
    main()
