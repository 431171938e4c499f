"""The cold tier: what limits decided for each token, in batches (`token_rate_limit_history`)."""

from dataclasses import replace
from functools import cache
from typing import Final

from shared.core import clock
from shared.data.flow_history import HourOfToken, store_hours
from shared.flow.execution import copy_id

BATCH: Final = 100
TABLE: Final = "token_rate_limit_history"
_LONG_S = 60.0
_Key = tuple[int, str]


class History:
    """Counts by token and hour; those that changed wait for the next batch."""

    def __init__(self) -> None:
        self._hours: dict[_Key, HourOfToken] = {}
        self._changed: set[_Key] = set()
        self._since_s = 0.0

    @property
    def waiting(self) -> int:
        """Counts that changed since they were written last."""
        return len(self._changed)

    def count(self, token_id: int, *, allowed: bool) -> None:
        """Note one decision."""
        key = (token_id, _hour())
        before = self._hours.get(key) or HourOfToken(*key, copy_id(), 0, 0)
        self._hours[key] = replace(
            before, allowed=before.allowed + allowed, refused=before.refused + (not allowed)
        )
        if not self._changed:
            self._since_s = clock.timestamp()
        self._changed.add(key)

    def is_due(self) -> bool:
        """Whether a batch is full, or its oldest count has waited for a minute."""
        if not self._changed:
            return False
        return len(self._changed) >= BATCH or clock.timestamp() - self._since_s >= _LONG_S

    def write(self) -> None:
        """Write what changed; counts so far are written over those of the same hour."""
        changed, self._changed = self._changed, set()
        try:
            store_hours([self._hours[key] for key in changed])
        except BaseException:
            self._changed |= changed
            raise
        for key in changed:
            if key[1] != _hour():
                del self._hours[key]


def _hour() -> str:
    return f"{clock.now():%Y-%m-%dT%H}"


@cache
def history() -> History:
    """The copy's history; tests drop it with `history.cache_clear()`."""
    return History()
