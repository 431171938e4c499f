"""The four layers of limits in front of code blocks (contract flow.md, Limits that bite).

All are exact: whatever copies do, no more calls pass than the burst and the refill.
"""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cache

from shared.core.threads import off_loop
from shared.data.limits import DynamoBuckets
from shared.flow.figures import Figure, figures
from shared.http.flow_envelope import LimitReached
from shared.http.rate_limit import REMEMBERED, Decision, Limiter, Source

# Up to so many calls of an address near its rate are decided with one write.
_LEASE = 20
# Tokens have limits of their own; of more than so many kinds a copy forgets the oldest.
_KINDS = 1024
_FIGURES: dict[Source, Figure] = {
    "memory": "limit_hot",
    "store": "limit_warm",
    "new": "limit_miss",
}


@dataclass(frozen=True, slots=True)
class AddressLimit:
    """`rate` calls a second of one address, `burst` at once."""

    name: str
    rate: int
    burst: int


@dataclass(frozen=True, slots=True)
class TokenLimit:
    """`per_minute` calls in each window (60 s make it a minute), `burst` at once."""

    per_minute: int = 60
    burst: int = 10
    window_seconds: int = 60


PUBLIC = AddressLimit("flow-public", 50, 100)
BEFORE_AUTHENTICATION = AddressLimit("flow-failed", 50, 100)
AFTER_AUTHENTICATION = AddressLimit("flow-address", 200, 400)


class _Limiters:
    """The limiters of this copy, one for each limit."""

    def __init__(self) -> None:
        self._made: OrderedDict[AddressLimit | TokenLimit, Limiter] = OrderedDict()

    def of(self, limit: AddressLimit | TokenLimit) -> Limiter:
        limiter = self._made.get(limit) or _new_limiter(limit)
        self._made[limit] = limiter
        self._made.move_to_end(limit)
        if len(self._made) > _KINDS:
            self._made.popitem(last=False)
        return limiter

    @property
    def remembered(self) -> int:
        return sum(limiter.remembered for limiter in list(self._made.values()))


def _new_limiter(limit: AddressLimit | TokenLimit) -> Limiter:
    store = DynamoBuckets()
    if isinstance(limit, AddressLimit):
        return Limiter(limit.name, limit.rate, limit.burst, store, lease=_LEASE, exact=True)
    return Limiter("flow-token", limit.per_minute / limit.window_seconds, limit.burst, store)


@cache
def _limiters() -> _Limiters:
    return _Limiters()


def forget_limits() -> None:
    """Drop what this copy remembers of buckets (tests begin anew)."""
    _limiters.cache_clear()


def hot_buckets() -> tuple[int, int]:
    """How many buckets this copy remembers, and how many it can of one limit."""
    return _limiters().remembered, REMEMBERED


async def limit_address(limit: AddressLimit, address: str) -> None:
    """Take one call of an address.

    Raises:
        LimitReached: none is left.
    """
    decision = await _decide(limit, address)
    if not decision.allowed:
        told = {"rate": limit.rate, "burst": limit.burst}
        raise LimitReached("IPRateLimitError", told, decision.retry_after_s)


async def limit_token(limit: TokenLimit, bucket: str) -> Decision:
    """Take one call of a token; the decision may be a refusal (`token_refusal`)."""
    return await _decide(limit, bucket)


def token_refusal(limit: TokenLimit, decision: Decision) -> LimitReached:
    """What a caller hears whose token has no call left."""
    told = {
        "per_minute": limit.per_minute,
        "burst": limit.burst,
        "window_seconds": limit.window_seconds,
    }
    return LimitReached("RateLimitError", told, decision.retry_after_s)


async def _decide(limit: AddressLimit | TokenLimit, key: str) -> Decision:
    limiter = _limiters().of(limit)
    decision = limiter.check_memory(key)
    if decision is None:
        decision = await off_loop(limiter.check, key)
    if decision.source in _FIGURES:
        figures().count(_FIGURES[decision.source])
    return decision
