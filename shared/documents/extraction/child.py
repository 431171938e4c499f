"""The child process: limits itself, reads one file, writes one JSON line.

`python -m shared.documents.extraction.child <file> <seconds> <bytes of memory>`
"""

import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shared.documents.extraction.extract import extract
from shared.documents.extraction.model import ExtractionError, FailureCode

_KILL_AFTER_SECONDS = 2


def main(path: str, seconds: str, memory: str) -> None:
    """Print `{"ok": …}` or `{"error": [code, reason]}`; a crash prints nothing."""
    _limit(int(seconds), int(memory))
    try:
        answer: dict[str, Any] = {"ok": asdict(extract(Path(path)))}
    except ExtractionError as error:
        answer = {"error": [error.code, error.reason]}
    except MemoryError:
        answer = {"error": [FailureCode.TOO_LARGE_UNPACKED, "out of memory"]}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))


def _limit(seconds: int, memory: int) -> None:
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, seconds, seconds + _KILL_AFTER_SECONDS),
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(kind, (soft, hard))


if __name__ == "__main__":
    main(*sys.argv[1:])
