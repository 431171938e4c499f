"""What benchmarks share: a staged, compiled tree as it is shipped, and one line per figure."""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.bytecode import compile_tree
from infra.layers import build_layers
from infra.stages import load_stage

ROOT = Path(__file__).resolve().parents[2]
HELLO = """
from fastapi import FastAPI
from mangum import Mangum

app = FastAPI()


@app.get("/hello/{name}")
async def hello(name: str) -> dict[str, str]:
    return {"message": f"hello {name}"}


handler = Mangum(app, lifespan="off")
"""


@dataclass(frozen=True)
class Run:
    """One process: milliseconds on the clock and of the processor, and what it printed."""

    wall_ms: float
    cpu_ms: float
    printed: str


@contextmanager
def shipped_tree() -> Iterator[Path]:
    """A folder with functions/, shared/ and the peer hello.py, with byte-code as in the asset."""
    with TemporaryDirectory() as name:
        tree = Path(name)
        for package in ("functions", "shared"):
            shutil.copytree(ROOT / package, tree / package)
        (tree / "hello.py").write_text(HELLO, encoding="utf-8")
        compile_tree(sys.executable, tree, shown_as="/var/task")
        yield tree


def layer_paths() -> list[Path]:
    """The built local layers, the API's first."""
    layers = build_layers(load_stage("local"))
    return [layers[name].path / "python" for name in sorted(layers)]


def fresh_interpreter(code: str, paths: Iterable[Path]) -> Run:
    """Runs code in a new interpreter that sees these folders and nothing else installed."""
    command = [sys._base_executable, "-P", "-S", "-s", "-c", code]  # type: ignore[attr-defined]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    done = subprocess.run(
        command,
        env={"PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    wall_s = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{code}\n{done.stderr}")
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall_s * 1000, cpu_s * 1000, done.stdout)


def show(result: Mapping[str, Any]) -> None:
    """One line for people, or JSON with `--json`; `case` comes first."""
    figures = "  ".join(f"{name} {value}" for name, value in result.items() if name != "case")
    text = json.dumps(result) if "--json" in sys.argv else f"{result['case']:<16} {figures}"
    say(text)


def say(text: str) -> None:
    """A line, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
