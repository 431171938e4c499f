"""Clocks that stand until a test moves them."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.core import clock


class StoppedClock:
    """A source of the time, in seconds since the epoch."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@contextmanager
def stopped_clock(now: float | None = None) -> Iterator[StoppedClock]:
    """Within the block time stands, at this moment unless another is given."""
    stopped = StoppedClock(clock.timestamp() if now is None else now)
    with clock.travelling(stopped):
        yield stopped
