"""Extraction where a hanging, crashing or greedy parser hurts nobody: in a process of its own.

A fresh interpreter, not a fork: it has no credentials in its environment, no open connections and
no threads of the worker. Pipes and a file only, as Lambda has no shared-memory semaphores.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

from shared.documents.extraction.model import (
    Extraction,
    ExtractionError,
    FailureCode,
    FileType,
    Layout,
    Metadata,
    Section,
)

DEFAULT_SECONDS = 240
DEFAULT_MEMORY = 1536 * 1024 * 1024

_CHILD = "shared.documents.extraction.child"
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "TMPDIR")
_LOGGED_STDERR_BYTES = 500


def extract_isolated(
    path: Path, *, seconds: int = DEFAULT_SECONDS, memory: int = DEFAULT_MEMORY
) -> Extraction:
    """Extract `path` in a child process limited to `seconds` of time and `memory` bytes.

    Raises ExtractionError; TIMEOUT when time runs out, CORRUPT when the parser crashed on it.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(  # noqa: S603 - our own module, the path is ours
            [sys.executable, "-m", _CHILD, str(path), str(seconds), str(memory)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            env=_environment(),
        )
        errors = _wait(process, seconds)
        if process.returncode != 0:
            raise _crash(process.returncode, errors)
        return _read_answer(output)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return kept | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
    }


def _wait(process: subprocess.Popen[bytes], seconds: int) -> bytes:
    try:
        return process.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired as error:
        raise ExtractionError(FailureCode.TIMEOUT, f"longer than {seconds} s") from error
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stderr is not None:
            process.stderr.close()


def _crash(status: int, errors: bytes) -> ExtractionError:
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return ExtractionError(FailureCode.TIMEOUT, f"child ended by signal {-status}")
    tail = errors[-_LOGGED_STDERR_BYTES:].decode("utf-8", "replace")
    if b"memory allocation" in errors or b"MemoryError" in errors or b"bad_alloc" in errors:
        return ExtractionError(FailureCode.TOO_LARGE_UNPACKED, f"out of memory: {tail}")
    return ExtractionError(FailureCode.CORRUPT, f"parser crashed ({status}): {tail}")


def _read_answer(output: IO[bytes]) -> Extraction:
    output.seek(0)
    try:
        answer: dict[str, Any] = json.load(output)
    except ValueError as error:
        raise ExtractionError(FailureCode.INTERNAL, "no answer from the child") from error
    if "error" in answer:
        code, reason = answer["error"]
        raise ExtractionError(FailureCode(code), reason)
    found = answer["ok"]
    sections = [
        Section(s["text"], s["page"], s["heading"], Layout(s["layout"])) for s in found["sections"]
    ]
    return Extraction(FileType(found["file_type"]), sections, Metadata(**found["metadata"]))
