"""Tokens in the memory of this copy, for five seconds: a deleted one is refused soon."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from typing import Final

from shared.core import clock
from shared.data.flow_tokens import FlowToken, find_token
from shared.flow.figures import figures

CAPACITY: Final = 10_000
KEEP_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A token as it was read at that second."""

    token: FlowToken
    read_s: float

    @property
    def age_s(self) -> float:
        """Seconds since it was read."""
        return clock.timestamp() - self.read_s


class TokenCache:
    """Tokens by their lookup digest; unknown ones are not kept, they may be made any moment."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    @property
    def size(self) -> int:
        """Tokens that would be answered from memory now."""
        self._drop_old()
        return len(self._kept)

    def peek(self, lookup: str) -> Kept | None:
        """What memory has; it never waits."""
        kept = self._kept.get(lookup)
        if kept is None or not clock.is_recent(kept.read_s, KEEP_SECONDS):
            return None
        figures().count("token_hot")
        return kept

    def read(self, lookup: str) -> Kept | None:
        """The token as it is in the table: one GetItem."""
        token = find_token(lookup)
        if token is None:
            figures().count("token_miss")
            self._kept.pop(lookup, None)
            return None
        figures().count("token_warm")
        kept = Kept(token, clock.timestamp())
        self._kept[lookup] = kept
        self._kept.move_to_end(lookup)
        if len(self._kept) > CAPACITY:
            self._kept.popitem(last=False)
        return kept

    def forget(self, lookup: str) -> None:
        """Drop one token."""
        self._kept.pop(lookup, None)

    def clear(self) -> None:
        """Drop all."""
        self._kept.clear()

    def _drop_old(self) -> None:
        # In the order of their reading.
        while self._kept and next(iter(self._kept.values())).age_s >= KEEP_SECONDS:
            self._kept.popitem(last=False)


@cache
def token_cache() -> TokenCache:
    """The copy's tokens; tests drop them with `token_cache.cache_clear()`."""
    return TokenCache()
