"""Progress lines: `[3/8] emulator ready … 2.1 s`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._done = 0
        self._started = time.monotonic()

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Yields a list; what is put into it follows the name on the finished line."""
        self._done += 1
        notes: list[str] = []
        started = time.monotonic()
        print(f"[{self._done}/{self._steps}] {name} …", end="", flush=True)
        try:
            yield notes
        except BaseException:
            print(" failed", flush=True)
            raise
        note = f" ({', '.join(notes)})" if notes else ""
        print(f" {time.monotonic() - started:.1f} s{note}", flush=True)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started
