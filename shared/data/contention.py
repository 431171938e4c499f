"""Writers that met on one item try again at different moments."""

import random
import time
from typing import Final

FIRST_WAIT_S: Final = 0.01
_DOUBLINGS: Final = 16  # the longest wait is reached long before


def step_aside(attempt: int, longest_s: float) -> None:
    """Sleep for a random time before the next attempt, counted from 0.

    Up to 10 ms after the first one, twice that after each further one, never over `longest_s`
    seconds ("full jitter": https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
    """
    longest = min(longest_s, FIRST_WAIT_S * 2 ** min(attempt, _DOUBLINGS))
    time.sleep(random.uniform(0, longest))  # noqa: S311 - spreads load
