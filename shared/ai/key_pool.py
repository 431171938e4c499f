"""Several keys of one provider: a refused or exhausted one rests, another is taken at once."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from shared.ai.errors import KeyExhausted
from shared.core import clock
from shared.core.observability import get_logger

T = TypeVar("T")
REST_SECONDS = 60.0


class KeyPool:
    """The keys' rests, in this copy. Keys are given with each call, since a secret changes."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._rests_until: dict[str, float] = {}
        self._turn = 0

    async def use(self, keys: Sequence[str], call: Callable[[str], Awaitable[T]]) -> T:
        """`call(key)` with a key that works, each tried once at most.

        Keys take turns. Where all of them rest, the one whose rest ends first is tried
        nevertheless: it may have been topped up, and refusing unasked helps nobody.

        Raises:
            KeyExhausted: no key worked.
        """
        *spare, last = self._in_turn(keys)
        for key in spare:
            try:
                return await call(key)
            except KeyExhausted as error:
                self._set_aside(key, error)
        try:
            return await call(last)
        except KeyExhausted as error:
            self._set_aside(last, error)
            raise

    def _in_turn(self, keys: Sequence[str]) -> Sequence[str]:
        if not keys:
            return [""]
        now = clock.timestamp()
        fit = [key for key in keys if self._rests_until.get(key, 0.0) <= now]
        if not fit:
            return [min(keys, key=lambda key: self._rests_until[key])]
        self._turn += 1
        start = self._turn % len(fit)
        return fit[start:] + fit[:start]

    def _set_aside(self, key: str, error: KeyExhausted) -> None:
        self._rests_until[key] = clock.timestamp() + REST_SECONDS
        fields = {"provider": self._provider, "reason": error.reason, "known": self._count()}
        get_logger().warning("key set aside", extra=fields)

    def _count(self) -> int:
        """Keys at rest; those whose rest is over are forgotten."""
        now = clock.timestamp()
        self._rests_until = {k: until for k, until in self._rests_until.items() if until > now}
        return len(self._rests_until)
