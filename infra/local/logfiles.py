"""Log files of a run: the last ones are kept beside the present ones, so that none grows."""

from pathlib import Path

_LARGE_BYTES = 5_000_000


def rotate(folder: Path) -> None:
    """Sets large files aside; the ones set aside before are replaced."""
    for log in folder.rglob("*.log"):
        if log.stat().st_size > _LARGE_BYTES:
            log.rename(log.with_suffix(".log.old"))
