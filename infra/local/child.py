"""Runs a module as a child of the supervisor and ends it when the supervisor is gone.

The supervisor holds the other end of our stdin; it closes with the supervisor however that
ended, kill -9 included. Standard library only: the emulator's interpreter runs this too.
"""

import os
import runpy
import signal
import sys
import threading
import time

_GRACE_SECONDS = 15


def main() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
