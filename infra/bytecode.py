"""Byte-code for the target interpreter, checked against nothing at import.

A timestamp .pyc is thrown away when a zip loses its file times, and without any .pyc every
cold start compiles again: imports take 1.5 to 2.5 times as long.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path


def find_interpreter(version: str) -> str | None:
    """Returns the command of a Python of exactly this minor version, or None.

    Byte-code is the same on every processor, but each minor version has its own.
    """
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    command = shutil.which(f"python{version}")
    # A version manager's shim exists without its interpreter: ask it.
    return command if command and _answers(command, version) else None


def _answers(command: str, version: str) -> bool:
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    result = subprocess.run(
        [command, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )
    return result.returncode == 0 and result.stdout.strip() == version


def compile_tree(interpreter: str, root: Path, *, shown_as: str) -> None:
    """Writes an unchecked-hash .pyc beside each module below `root`; tracebacks show the
    path below `shown_as`. A file that does not compile (a template, say) is left as it is."""
    subprocess.run(
        [
            interpreter, "-m", "compileall", "-q", "-q", "-j", "2",
            "--invalidation-mode", "unchecked-hash",
            "-s", str(root), "-p", shown_as, str(root),
        ],
        check=False,
    )  # fmt: skip
