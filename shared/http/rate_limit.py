"""Rate limits: GCRA, exact across any number of copies (design decision 11).

A bucket holds `burst` tokens and refills by `rate_per_s`. One conditional write decides; a
second one follows only where memory's idea of the bucket was out of date.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cache
from math import ceil
from typing import Literal, Protocol

from shared.core import clock
from shared.core.errors import RateLimited
from shared.core.observability import emit_metric, get_logger
from shared.core.threads import off_loop
from shared.data.limits import DynamoBuckets, StoreUnreachable, Write

SECOND_US = 1_000_000
LEASE_US = 10 * SECOND_US
BLIND_US = 5 * SECOND_US
REMEMBERED = 10_000


class BucketStore(Protocol):
    """Where the buckets are; both writes are conditional and tell what they found."""

    def restart(self, key: str, now_us: int, tat_us: int) -> Write: ...

    def advance(self, key: str, by_us: int, above_us: int, ceiling_us: int) -> Write: ...


Source = Literal["memory", "store", "new", "nobody"]


@dataclass(frozen=True, slots=True)
class Decision:
    """May the call go on; if not, after how many seconds; how many tokens are left about now.

    `source` is who knew: this copy's memory, a bucket of the store, a bucket begun anew (there
    was none, or a full one), or nobody, because the store did not answer.
    """

    allowed: bool
    retry_after_s: float = 0.0
    remaining: int = 0
    source: Source = "memory"


@dataclass(slots=True)
class _Lease:
    """Tokens taken and not used yet; `step_us` is 0 where all of them live until the end."""

    left: int
    end_us: int
    step_us: int

    def usable(self, now: int) -> int:
        if now >= self.end_us:
            self.left = 0
        elif self.step_us:
            # Whose refill has begun is in the bucket again for others to take.
            self.left = min(self.left, (self.end_us - now) // self.step_us)
        return self.left


@dataclass(slots=True)
class _Known:
    """What this copy knows of a bucket: its last `tat`, and tokens taken but not used yet."""

    tat_us: int
    leases: list[_Lease] = field(default_factory=list)

    def use(self, cost: int, now: int) -> bool:
        """Whether a lease had so many; they are used then."""
        self.leases = [lease for lease in self.leases if lease.usable(now)]
        for lease in self.leases:
            if lease.left >= cost:
                lease.left -= cost
                return True
        return False


class Limiter:
    """A limit by name and key; safe to use from several threads.

    Args:
        name: of the limit, part of the bucket's key.
        rate_per_s: tokens that come back in a second.
        burst: tokens of a full bucket.
        store: where the buckets are.
        lease: up to how many tokens a copy takes in one write once it has met the caller and
            at least half of the bucket is free; 1 never takes ahead. Leased tokens live 10 s
            in memory and are lost with it: fewer calls pass then, never more.
        exact: a leased token lives only until its own refill begins. So what copies hold and
            what the bucket holds is never more than the burst, not even for a moment, and
            nothing is lost; but only a caller near its rate is served from a lease. Copies
            leave the last quarter of the bucket alone, and a lease is a quarter of what else is
            free at most, so that tokens a copy does not use are missed by few.
    """

    def __init__(
        self,
        name: str,
        rate_per_s: float,
        burst: int,
        store: BucketStore,
        *,
        lease: int = 1,
        exact: bool = False,
    ) -> None:
        self._name = name
        self._step_us = ceil(SECOND_US / rate_per_s)
        self._depth_us = self._step_us * burst
        self._reserve_us = self._depth_us // 4
        self._lease = min(lease, burst // 2)
        self._exact = exact
        self._store = store
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._blind_until_us = 0
        self._lock = threading.Lock()

    def check_memory(self, key: str, cost: int = 1) -> Decision | None:
        """The decision where memory alone can make it (a lease, a sure denial), else None."""
        now = _now_us()
        with self._lock:
            if now < self._blind_until_us:
                return Decision(True, source="nobody")
            known = self._known.get(key)
            if known is None:
                return None
            if known.use(cost, now):
                return self._allowed(known.tat_us, now, "memory")
            # `tat` only grows, so what is denied by an old value is denied by today's.
            return self._denied(known.tat_us, cost, now, "memory")

    @property
    def remembered(self) -> int:
        """Of how many keys this copy remembers the bucket, at most 10,000."""
        return len(self._known)

    def check(self, key: str, cost: int = 1) -> Decision:
        """Take `cost` tokens (at most `burst`) or say when to come back.

        Where the store does not answer the call goes on: a broken limiter must not be an
        outage. That is logged and counted, and the store is left alone for five seconds.
        """
        remembered = self.check_memory(key, cost)
        if remembered:
            return remembered
        try:
            return self._take(key, cost, _now_us())
        except StoreUnreachable as error:
            with self._lock:
                self._blind_until_us = _now_us() + BLIND_US
            get_logger().error("rate limit not enforced", extra={"cause": str(error)})
            emit_metric("RateLimitNotEnforced")
            return Decision(True, source="nobody")

    def _take(self, key: str, cost: int, now: int) -> Decision:
        tat, amount = self._plan(key, cost, now)
        # A round fails only because another call's write succeeded: a restart because `tat`
        # moved past now, an advance because it moved past the ceiling; it never comes back.
        while True:
            begun = tat <= now
            done = self._write(key, amount, cost, tat, now)
            tat = done.tat_us
            if done.done:
                self._remember(key, tat, amount - cost, now)
                return self._allowed(tat, now, "new" if begun else "store")
            now = _now_us()  # a slow answer: others began later and may have moved `tat` past ours
            amount = min(amount, self._amount(tat, cost, now))
            denied = self._denied(tat, cost, now, "store")
            if denied:
                self._remember(key, tat, 0, now)
                # Another thread may have leased what this one misses.
                return self.check_memory(key, cost) or denied

    def _plan(self, key: str, cost: int, now: int) -> tuple[int, int]:
        """The bucket as memory has it, and how many tokens to ask for."""
        with self._lock:
            known = self._known.get(key)
        if known is None:
            return 0, cost
        return known.tat_us, self._amount(known.tat_us, cost, now)

    def _amount(self, tat: int, cost: int, now: int) -> int:
        """How many tokens to ask for of a bucket that this copy has met."""
        free_us = self._depth_us - max(0, tat - now)
        if self._exact:  # what others may need meanwhile stays
            spare_us = free_us - self._reserve_us
            return max(cost, min(self._lease, spare_us // self._step_us // 4))
        return max(cost, self._lease) if 2 * free_us >= self._depth_us else cost

    def _write(self, key: str, amount: int, cost: int, tat: int, now: int) -> Write:
        bucket = f"{self._name}#{key}"
        wanted = amount * self._step_us
        if tat <= now:
            return self._store.restart(bucket, now, now + wanted)
        ceiling = now + self._depth_us - wanted
        if amount > cost:  # memory may be out of date: what is taken ahead must still be spare
            spare = ceiling - self._reserve_us if self._exact else now + self._depth_us // 2
            ceiling = min(ceiling, spare)
        return self._store.advance(bucket, wanted, now, ceiling)

    def _remember(self, key: str, tat: int, leased: int, now: int) -> None:
        with self._lock:
            known = self._known.setdefault(key, _Known(tat))
            self._known.move_to_end(key)
            known.tat_us = max(tat, known.tat_us)
            if leased and self._exact:
                known.leases.append(_Lease(leased, tat, self._step_us))
            elif leased:
                known.leases.append(_Lease(leased, now + LEASE_US, 0))
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def _allowed(self, tat: int, now: int, source: Source) -> Decision:
        left = (self._depth_us - max(0, tat - now)) // self._step_us
        return Decision(True, remaining=max(0, left), source=source)

    def _denied(self, tat: int, cost: int, now: int, source: Source) -> Decision | None:
        wait_us = max(tat, now) + cost * self._step_us - self._depth_us - now
        if wait_us <= 0:
            return None
        return Decision(False, retry_after_s=wait_us / SECOND_US, source=source)


def _now_us() -> int:
    return int(clock.timestamp() * SECOND_US)


@cache
def caller_limiter() -> Limiter:
    """The default limit of every caller: 600 requests a minute, burst 100 (contract common.md).

    Tests drop what it remembers with `caller_limiter.cache_clear()`.
    """
    return Limiter("caller", rate_per_s=10, burst=100, store=DynamoBuckets(), lease=5)


async def limit_caller(key: str) -> None:
    """Take one token of the caller's default limit.

    Raises:
        RateLimited: with the whole seconds after which a token is back.
    """
    await enforce(caller_limiter(), key)


async def enforce(limiter: Limiter, key: str, cost: int = 1) -> None:
    """Take tokens of a limit, leaving the event loop alone while the store is asked.

    Raises:
        RateLimited: none are left.
    """
    decision = limiter.check_memory(key, cost)
    if decision is None:
        decision = await off_loop(limiter.check, key, cost)
    if not decision.allowed:
        raise RateLimited(retry_after=max(1, ceil(decision.retry_after_s)))
