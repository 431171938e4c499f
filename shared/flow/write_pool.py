"""Writes of figures and history beside the work: a few threads, a short queue.

Nothing runs on after the answer (Lambda stops the process then), so whoever submits waits for
the rest of its writes at the end, for which it was busy with something else in the meantime.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from typing import Final

from shared.core.observability import get_logger
from shared.flow.figures import figures

WORKERS: Final = 8
QUEUE: Final = 256
_WAIT_S = 2.0


class WritePool:
    """Runs writes; one that fails is logged and counted, and harms nobody."""

    def __init__(self, workers: int = WORKERS, queue: int = QUEUE) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="figures")
        self._room = threading.Semaphore(queue)
        self._queue = queue
        self._used = 0
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """Writes submitted and not done yet."""
        return self._used

    def submit(self, write: Callable[[], None]) -> "Future[None] | None":
        """Run the write in a thread; None where the queue is full, and it was not taken."""
        if not self._room.acquire(blocking=False):
            figures().count("blocked")
            return None
        figures().count("submitted")
        with self._lock:
            self._used += 1
        return self._threads.submit(self._run, write)

    def settle(self, writes: "Sequence[Future[None] | None]") -> None:
        """Wait for them, two seconds at most."""
        _, late = wait([write for write in writes if write is not None], _WAIT_S)
        if late:
            figures().count("timed_out", len(late))

    def _run(self, write: Callable[[], None]) -> None:
        try:
            write()
        except Exception:
            figures().count("failed_writes")
            get_logger().exception("figures not written")
        else:
            figures().count("succeeded")
        finally:
            figures().count("processed")
            with self._lock:
                self._used -= 1
            self._room.release()


@cache
def write_pool() -> WritePool:
    """The copy's pool."""
    return WritePool()
