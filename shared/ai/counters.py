"""Calls, retries, failures and breaker openings per operation, as embedded metrics.

Counted in memory and written as one log line per operation at most every ten seconds, at once
when something went wrong. So a call that succeeds pays an addition, a copy that is called seldom
writes with each call, and one that dies loses ten seconds of successes at most.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Literal

from shared.core import observability

Kind = Literal["Calls", "Retries", "Failures", "BreakerOpens"]
Emit = Callable[[str, dict[str, int]], None]
_EVERY_SECONDS = 10.0


def emit_metrics(operation: str, counts: dict[str, int]) -> None:
    """One line of embedded metrics, `AICalls` and so on, by operation and for the stage."""
    observability.emit_metrics(
        {f"AI{name}": value for name, value in counts.items()}, operation=operation
    )


class Counters:
    """The counts of this process, safe to use from several threads."""

    def __init__(
        self, emit: Emit = emit_metrics, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._emit = emit
        self._monotonic = monotonic
        self._counts: dict[str, Counter[str]] = {}
        self._due = 0.0
        self._lock = threading.Lock()

    def add(self, operation: str, kind: Kind) -> None:
        """Count one event of an operation."""
        with self._lock:
            counts = self._counts.get(operation)
            if counts is None:
                counts = self._counts[operation] = Counter()
            counts[kind] += 1
            now = self._monotonic()
            if kind == "Calls" and now < self._due:
                return
            self._due = now + _EVERY_SECONDS
            waiting, self._counts = self._counts, {}
        for name, counted in waiting.items():
            self._emit(name, dict(counted))


counters = Counters()
