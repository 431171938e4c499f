"""Starts the pinned AWS emulator with our mends applied (run by its own interpreter)."""

import os
import sys
from importlib import metadata
from pathlib import Path

from infra.local.emulator.mends import apply_all
from infra.local.emulator.runtime.unpack import tidy

PINNED_VERSION = "1.5.33"


def main() -> None:
    """The mends reach into private functions, so another version is refused, not tried."""
    installed = metadata.version("ministack")
    if installed != PINNED_VERSION:
        sys.exit(f"ministack {installed} found, the mends are written for {PINNED_VERSION}")
    tidy(Path(os.environ["ROLECRAFT_UNPACKED"]))
    apply_all()
    from ministack.app import main as serve

    sys.argv = ["ministack"]
    serve()


if __name__ == "__main__":
    main()
