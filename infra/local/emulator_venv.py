"""The emulator's own virtual environment: it pins another botocore than the product."""

import hashlib
import subprocess
import sys
from pathlib import Path

from infra.build_lock import exclusive

_LOCK = "requirements-emulator.lock"


def ensure_emulator_venv(root: Path) -> Path:
    """Its interpreter, of the same Python as the one running; made when the lock changed."""
    venv = root / "build" / "emulator-venv"
    interpreter = venv / "bin" / "python"
    stamp = venv / "rolecraft-stamp"
    wanted = hashlib.sha256((root / _LOCK).read_bytes() + sys.version.encode()).hexdigest()
    with exclusive(root / "build"):
        if not stamp.is_file() or stamp.read_text() != wanted:
            _make(root, venv, interpreter)
            stamp.write_text(wanted)
    return interpreter


def _make(root: Path, venv: Path, interpreter: Path) -> None:
    _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(venv))
    _uv(
        *("pip", "install", "--quiet", "--python", str(interpreter)),
        *("--require-hashes", "-r", str(root / _LOCK)),
    )


def _uv(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "uv", *arguments], check=True)
