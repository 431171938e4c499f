"""The one code asset of all functions: functions/ and shared/, compiled for the target."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.build_lock import exclusive
from infra.bytecode import compile_tree, find_interpreter
from infra.layers import ROOT
from infra.stages import Stage

BUILD = ROOT / "build" / "code"
PACKAGES = ("functions", "shared")
_SKIPPED = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


@dataclass(frozen=True)
class CodeAsset:
    """A staged folder; `digest` stands for its content, `compiled` for its byte-code."""

    path: Path
    digest: str
    compiled: bool


def build_code(stage: Stage) -> CodeAsset:
    """Stages the sources under build/code/<target>, unless they are there unchanged."""
    interpreter = find_interpreter(stage.python)
    compiled = interpreter is not None
    path = BUILD / stage.artifacts
    note = path.with_suffix(".json")
    with exclusive(BUILD):
        digest = _digest(f"{stage.python} {compiled}")
        if not path.exists() or _noted_digest(note) != digest:
            _build(path, interpreter)
            note.write_text(json.dumps({"digest": digest}), encoding="utf-8")
    return CodeAsset(path, digest, compiled)


def _build(path: Path, interpreter: str | None) -> None:
    work = path.with_name(f".{path.name}.building")
    shutil.rmtree(work, ignore_errors=True)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, work / package, ignore=_SKIPPED)
    if interpreter is not None:
        compile_tree(interpreter, work, shown_as="/var/task")
    shutil.rmtree(path, ignore_errors=True)
    work.rename(path)


def _noted_digest(note: Path) -> str | None:
    if not note.exists():
        return None
    return str(json.loads(note.read_text(encoding="utf-8"))["digest"])


def _digest(target: str) -> str:
    state = hashlib.sha256(target.encode())
    for file in _sources():
        content = file.read_bytes()
        state.update(f"{file.relative_to(ROOT)} {len(content)} {file.stat().st_mode}".encode())
        state.update(content)
    return state.hexdigest()


def _sources() -> Iterator[Path]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(ROOT).parts)
            cached = "__pycache__" in file.parts or file.suffix == ".pyc"
            if file.is_file() and not hidden and not cached:
                yield file
