"""Counts of this copy on their way into the service's figures.

They are added in memory and written together: with an execution's own write, else a hundred at
a time or after five seconds. So a call that memory refuses costs a hundredth of a write.
"""

import threading
from collections import Counter
from functools import cache
from typing import Literal

from shared.core import clock

Figure = Literal[
    "executions", "successes", "failures", "sync", "async", "execution_us", "trips",
    "token_hot", "token_warm", "token_miss",
    "limit_hot", "limit_warm", "limit_cold", "limit_miss",
    "submitted", "processed", "succeeded", "failed_writes", "timed_out", "blocked",
]  # fmt: skip
MANY = 100
LONG_S = 5.0


class Figures:
    """Counts not written yet; safe to use from several threads."""

    def __init__(self) -> None:
        self._waiting: Counter[str] = Counter()
        self._since_s = clock.timestamp()
        self._lock = threading.Lock()

    def count(self, figure: Figure, by: int = 1) -> None:
        """Add to a figure."""
        with self._lock:
            if not self._waiting:
                self._since_s = clock.timestamp()
            self._waiting[figure] += by

    def is_due(self) -> bool:
        """Whether what waits should be written by itself."""
        with self._lock:
            if not self._waiting:
                return False
            waited_s = clock.timestamp() - self._since_s
            return self._waiting.total() >= MANY or waited_s >= LONG_S

    def take(self) -> dict[str, int]:
        """All that waits; whoever takes it writes it, or gives it back."""
        with self._lock:
            taken, self._waiting = self._waiting, Counter()
            return {name: count for name, count in taken.items() if count}

    def give_back(self, taken: dict[str, int]) -> None:
        """What could not be written waits again."""
        with self._lock:
            self._waiting.update(taken)


@cache
def figures() -> Figures:
    """The copy's counts; tests drop them with `figures.cache_clear()`."""
    return Figures()
