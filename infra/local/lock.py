"""One run per state directory, told by a file lock that all its processes hold.

The lock is free only when the last of them has ended, also after a kill -9 of the supervisor
while the emulator is still writing its state.
"""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

_POLL_SECONDS = 0.1


@dataclass
class StateLock:
    path: Path
    descriptor: int = -1

    def acquire(self, seconds: float = 0.0) -> bool:
        """Whether it could be had within `seconds`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + seconds
        while not self._try():
            if time.monotonic() >= deadline:
                self.release()
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def release(self) -> None:
        os.close(self.descriptor)
        self.descriptor = -1

    def _try(self) -> bool:
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
