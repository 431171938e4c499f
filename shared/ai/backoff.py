"""How long to wait before a retry (contract retry.md)."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from random import SystemRandom

from shared.core import clock

Spread = Callable[[float, float], float]
_JITTER = 0.25
# Copies restored from one snapshot share the state of the ordinary generator.
_spread: Spread = SystemRandom().uniform


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential delays in seconds: `base`, twice that, four times, never over `cap`."""

    base: float = 1.0
    cap: float = 5.0

    def delay(
        self, retry: int, retry_after_s: float | None = None, spread: Spread = _spread
    ) -> float:
        """Seconds to wait before retry number `retry` (from 1).

        What the server asks for is obeyed, up to the cap. Else the delay varies by a quarter
        either way, so that copies that failed together do not come back together.
        """
        if retry_after_s is not None:
            return min(max(0.0, retry_after_s), self.cap)
        nominal = min(self.base * 2.0 ** (retry - 1), self.cap)
        return spread(nominal * (1 - _JITTER), min(nominal * (1 + _JITTER), self.cap))


DEFAULT = Backoff()
# A limit per minute does not lift within a second; a reset connection often does.
RATE_LIMITED = Backoff(base=2.0)


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of `retry-after-ms` or `Retry-After` (seconds or an HTTP date), never negative.

    None where both are absent or unreadable.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None or value is None:
        return seconds
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - clock.timestamp())


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
