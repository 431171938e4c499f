"""Builds the Lambda layers without Docker: `python -m infra.layers --stage local|aws`.

Wheels for the target are resolved by uv from layers/<name>/requirements.lock, pruned of what a
function never reads, and compiled. A layer is built again only when its lock, its target or
this file changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.build_lock import exclusive
from infra.bytecode import compile_tree, find_interpreter
from infra.stages import ARM64, Stage, load_stage

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "layers"
# Lambda's limit for a function with all its layers, unzipped.
MAX_UNZIPPED_BYTES = 250 * 1024 * 1024
# code_executor has this one and no other (infra/catalogue.py).
_ALONE = {"javascript"}
_UV_PLATFORMS = {ARM64: "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
# botocore carries the models of all AWS services; these are the ones that are called.
_AWS_SERVICES = {
    "bedrock-runtime", "cloudwatch", "dynamodb", "events", "lambda", "s3", "scheduler",
    "secretsmanager", "sns", "sqs", "ssm", "stepfunctions", "sts",
}  # fmt: skip
_UNUSED_FOLDERS = {"tests", "test", "__pycache__"}
_UNUSED_SUFFIXES = {".pyi", ".pyx", ".pxd", ".c", ".h", ".a"}


class LayerError(RuntimeError):
    """A layer could not be built; the text says what to do."""


@dataclass(frozen=True)
class Layer:
    """A built layer: `path` holds `python/…`, `digest` stands for its content."""

    name: str
    path: Path
    digest: str
    size: int
    compiled: bool
    cached: bool = False


def layer_names() -> list[str]:
    return sorted(path.parent.name for path in ROOT.glob("layers/*/requirements.in"))


def build_layers(stage: Stage) -> dict[str, Layer]:
    """Returns all layers of the stage's target, building those that changed."""
    interpreter = find_interpreter(stage.python)
    with exclusive(BUILD / stage.artifacts):
        layers = {name: _ensure(name, stage, interpreter) for name in layer_names()}
    largest = _largest_function(layers)
    if largest > MAX_UNZIPPED_BYTES:
        raise LayerError(f"a function has {largest:,} bytes of layers: Lambda allows 250 MB")
    return layers


def _largest_function(layers: dict[str, Layer]) -> int:
    """Bytes of the layers that one function can have: all but those that stand alone, or one."""
    together = sum(layer.size for name, layer in layers.items() if name not in _ALONE)
    return max([together, *(layer.size for name, layer in layers.items() if name in _ALONE)])


def _ensure(name: str, stage: Stage, interpreter: str | None) -> Layer:
    lock = ROOT / "layers" / name / "requirements.lock"
    if not lock.exists():
        raise LayerError(f"{lock} is missing: run make lock")
    digest = _digest(lock, stage, compiled=interpreter is not None)
    path = BUILD / stage.artifacts / name
    note = path.with_suffix(".json")
    if path.exists() and note.exists():
        built = json.loads(note.read_text(encoding="utf-8"))
        if built["digest"] == digest:
            return Layer(name, path, digest, built["size"], built["compiled"], cached=True)
    size = _build(lock, path, stage, interpreter)
    content = {"digest": digest, "size": size, "compiled": interpreter is not None}
    note.write_text(json.dumps(content), encoding="utf-8")
    return Layer(name, path, digest, size, interpreter is not None)


def _digest(lock: Path, stage: Stage, *, compiled: bool) -> str:
    state = hashlib.sha256()
    for part in (lock.read_bytes(), Path(__file__).read_bytes()):
        state.update(part)
    state.update(f"{stage.artifacts} {stage.python} {stage.architecture} {compiled}".encode())
    return state.hexdigest()


def _build(lock: Path, path: Path, stage: Stage, interpreter: str | None) -> int:
    # Built beside and moved into place: a run that is cut leaves no half layer.
    work = path.with_name(f".{path.name}.building")
    shutil.rmtree(work, ignore_errors=True)
    target = work / "python"
    _install(lock, target, stage)
    prune(target)
    if interpreter is not None:
        compile_tree(interpreter, target, shown_as="/opt/python")
    shutil.rmtree(path, ignore_errors=True)
    work.rename(path)
    return sum(file.stat().st_size for file in _files(path))


def _install(lock: Path, target: Path, stage: Stage) -> None:
    command = [
        sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-config", "--no-deps",
        "--require-hashes", "--link-mode", "copy", "--target", str(target), "-r", str(lock),
    ]  # fmt: skip
    if stage.is_local:
        command += ["--python", sys.executable]
    else:
        command += [
            "--python-platform", _UV_PLATFORMS[stage.architecture],
            "--python-version", stage.python, "--only-binary", ":all:",
        ]  # fmt: skip
    if subprocess.run(command, check=False).returncode != 0:
        raise LayerError(f"the packages of {lock} could not be installed: see above")


def prune(target: Path) -> None:
    """Removes what is never read at run time from an installed tree."""
    shutil.rmtree(target / "bin", ignore_errors=True)
    for path in [*target.rglob("*")]:
        if not path.exists():
            continue
        if path.is_dir() and path.name in _UNUSED_FOLDERS:
            shutil.rmtree(path)
        elif path.is_file() and path.suffix in _UNUSED_SUFFIXES:
            path.unlink()
    models = target / "botocore" / "data"
    if models.exists():
        for folder in models.iterdir():
            if folder.is_dir() and folder.name not in _AWS_SERVICES:
                shutil.rmtree(folder)


def _files(path: Path) -> Iterator[Path]:
    return (file for file in path.rglob("*") if file.is_file())


def _report(layers: dict[str, Layer], stage: Stage, seconds: float) -> None:
    for layer in layers.values():
        origin = "unchanged" if layer.cached else "built"
        print(f"layer {layer.name:<10} {layer.size / 2**20:7.1f} MB unzipped  {origin}")
    largest = _largest_function(layers) / 2**20
    print(f"of one function  {largest:7.1f} MB of 250 MB, {seconds:.1f} s")
    if not all(layer.compiled for layer in layers.values()):
        print(
            f"NOTICE: no python{stage.python} on PATH: the layers carry no byte-code, and cold "
            f"starts import about twice as long. Install it and build again."
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.layers", description=__doc__)
    parser.add_argument("--stage", choices=("local", "aws"), required=True)
    arguments = parser.parse_args()
    stage = load_stage("local" if arguments.stage == "local" else "prod")
    started = time.monotonic()
    try:
        layers = build_layers(stage)
    except LayerError as error:
        sys.exit(f"layers: {error}")
    _report(layers, stage, time.monotonic() - started)


if __name__ == "__main__":
    main()
