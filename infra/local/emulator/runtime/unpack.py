"""Unpacks a function's code or a layer once per content, for all workers of all runs."""

import hashlib
import io
import shutil
import tempfile
import threading
import time
import zipfile
from pathlib import Path

_PARTIAL = "partial-"
_KEPT_SECONDS = 7 * 24 * 3600
_lock = threading.Lock()


def unpacked(archive: bytes, cache: Path) -> Path:
    """The directory holding the archive's files; its name is the content's SHA-256."""
    target = cache / hashlib.sha256(archive).hexdigest()
    with _lock:
        if not target.is_dir():
            cache.mkdir(parents=True, exist_ok=True)
            partial = Path(tempfile.mkdtemp(dir=cache, prefix=_PARTIAL))
            _extract(archive, partial)
            partial.rename(target)
    target.touch()
    return target


def tidy(cache: Path) -> None:
    """Removes what a killed run left half unpacked, and what was not used for a week."""
    for entry in cache.glob("*"):
        unused = entry.stat().st_mtime < time.time() - _KEPT_SECONDS
        if unused or entry.name.startswith(_PARTIAL):
            shutil.rmtree(entry, ignore_errors=True)


def _extract(archive: bytes, target: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        for entry in opened.infolist():
            path = Path(opened.extract(entry, target))
            mode = entry.external_attr >> 16
            if mode and not entry.is_dir():
                path.chmod(mode | 0o400)
