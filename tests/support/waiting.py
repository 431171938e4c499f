"""Waiting for what other threads and processes do."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(read: Callable[[], T], seconds: float = 60.0, pause: float = 0.02) -> T:
    """The first answer of `read` that is not empty.

    `seconds` tell "late" from "never" on machines however busy; no test counts on their end.
    """
    deadline = time.monotonic() + seconds
    while not (answer := read()):
        assert time.monotonic() < deadline, f"it never came, the last answer was {answer!r}"
        time.sleep(pause)
    return answer
