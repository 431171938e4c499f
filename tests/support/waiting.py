"""Waiting for what other threads and processes do."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(
    read: Callable[[], T],
    seconds: float = 60.0,
    pause: float = 0.02,
    longest_pause: float = 0.0,
    enough: Callable[[T], bool] = bool,
) -> T:
    """The first answer of `read` that is not empty, or that is `enough`.

    `seconds` tell "late" from "never" on machines however busy; no test counts on their end.
    Pauses grow up to the longest.
    """
    deadline = time.monotonic() + seconds
    while not enough(answer := read()):
        assert time.monotonic() < deadline, f"it never came, the last answer was {answer!r}"
        time.sleep(pause)
        pause = max(pause, min(pause * 1.5, longest_pause))
    return answer
