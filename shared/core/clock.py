"""Time: UTC everywhere, one format on the wire (contract common.md)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

_source: Callable[[], float] = time.time


def timestamp() -> float:
    """Seconds since the epoch, of the clock in force."""
    return _source()


def now() -> datetime:
    """The moment, aware, in UTC."""
    return datetime.fromtimestamp(_source(), UTC)


def is_recent(since: float, seconds: float) -> bool:
    """Whether the moment `since` is less than `seconds` ago.

    One in the future is not: a clock set back must not keep what is remembered beyond its time.
    (A monotonic clock would not do: it stands still while a Lambda environment is frozen.)
    """
    return 0 <= timestamp() - since < seconds


def iso(moment: datetime) -> str:
    """`2026-02-27T10:00:00Z`: whole seconds, as clients see it."""
    # strftime would not pad years before 1000, which clients may send.
    return f"{moment.astimezone(UTC).isoformat(timespec='seconds')[:19]}Z"


def iso_ms(moment: datetime) -> str:
    """`2026-02-27T10:00:00.123Z`: as stored, so that text order is time order."""
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds')[:23]}Z"


def parse(text: str) -> datetime:
    """The moment of an ISO-8601 text; a missing zone means UTC.

    Raises:
        ValueError: not ISO-8601.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def to_wire(stored: str) -> str:
    """A stored time (UTC, milliseconds) as clients see it (whole seconds)."""
    return f"{stored[:19]}Z"


@contextmanager
def travelling(source: Callable[[], float]) -> Iterator[None]:
    """Within the block `source()` is the time, in seconds since the epoch.

    Raises:
        RuntimeError: blocks of several threads overlap: there is one clock.
    """
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        left, _source = _source, before
        if left is not source:
            raise RuntimeError("the clock was set by somebody else")
