"""A circuit breaker whose state all running copies share (contract retry.md).

closed ── 5 failures in a row ──► open ── 60 s ──► half-open ── one probe ──► closed, or open again

The state is looked at in memory. The store is read at most every five seconds per copy, not at all
while the breaker is known to be open, and written only on a failure, on the first success after
failures, and by the one copy that wins the probe.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Protocol, TypeVar

from shared.ai.counters import counters
from shared.ai.errors import AIServiceError, CircuitOpen
from shared.core import clock
from shared.core.observability import get_logger
from shared.core.threads import in_thread

T = TypeVar("T")

FAILURES_TO_OPEN = 5
OPEN_SECONDS = 60
# A probe that has not reported by then is taken for dead, and another is let through.
PROBE_SECONDS = 45
_FRESH_SECONDS = 5.0
_FRESH_WHILE_PROBED_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class BreakerState:
    """What the copies share; times in milliseconds since the epoch."""

    failures: int = 0
    open_until_ms: int | None = None
    probe_until_ms: int | None = None


class StoreUnavailable(Exception):
    """The store did not answer; the breaker goes on with what it knows."""


class BreakerStore(Protocol):
    """Blocking calls; each is atomic. All may raise `StoreUnavailable`."""

    def load(self, name: str) -> BreakerState:
        """The state now; a closed one where nothing is stored."""
        ...

    def count_failure(self, name: str) -> BreakerState:
        """Add one to the failures in a row; the state after."""
        ...

    def open(self, name: str, seen_ms: int | None, until_ms: int) -> None:
        """Open until then, where `open_until_ms` is still what was seen; ends a probe."""
        ...

    def claim_probe(self, name: str, seen_ms: int, now_ms: int, until_ms: int) -> bool:
        """Whether the caller alone may probe, until then."""
        ...

    def release_probe(self, name: str, seen_ms: int) -> None:
        """Let another copy probe."""
        ...

    def close(self, name: str, seen_ms: int | None) -> None:
        """No failures, not open, where `open_until_ms` is still what was seen."""
        ...


class CircuitBreaker:
    """The breaker of one operation in this copy.

    Args:
        name: shared by all copies, e.g. `openai/gpt-4o`.
        provider: for the error of a refused call.
    """

    def __init__(self, name: str, provider: str, store: BreakerStore) -> None:
        self._name = name
        self._provider = provider
        self._store = store
        self._state = BreakerState()
        self._fresh_until = 0.0

    async def admit(self, *, lasting: bool = False) -> "Admission":
        """Leave to make one call: `async with await breaker.admit(): …`.

        Args:
            lasting: the call goes on after the block (a stream), and its good end will be
                reported by `report`; a probe is settled by the block all the same.

        Raises:
            CircuitOpen: the call must not be made now.
        """
        now = clock.timestamp()
        if now >= self._fresh_until:
            await self._refresh(now)
        until_ms = self._state.open_until_ms
        if until_ms is None:
            return Admission(self, None, lasting)
        now_ms = int(now * 1000)
        if now_ms < until_ms:
            raise self._refusal(until_ms - now_ms)
        return await self._probe(until_ms, now_ms)

    async def report(self, error: BaseException | None, probing_ms: int | None = None) -> None:
        """Take the end of a call into account: None or an error."""
        if error is None or (isinstance(error, AIServiceError) and not error.outage):
            await self._succeeded(probing_ms)  # the provider is there, even if it refused
        elif isinstance(error, AIServiceError):
            await self._failed(probing_ms)
        elif probing_ms is not None:  # cancelled: nothing was learnt
            self._keep(BreakerState(FAILURES_TO_OPEN, probing_ms))
            await self._ask(lambda: self._store.release_probe(self._name, probing_ms), None)

    async def _refresh(self, now: float) -> None:
        self._fresh_until = now + _FRESH_SECONDS  # others of this copy need not ask too
        self._keep(await self._ask(lambda: self._store.load(self._name), self._state))

    def _keep(self, state: BreakerState) -> None:
        now = clock.timestamp()
        self._state = state
        self._fresh_until = now + _FRESH_SECONDS
        if state.open_until_ms is not None:
            rest = state.open_until_ms / 1000
            self._fresh_until = rest if rest > now else now + _FRESH_WHILE_PROBED_SECONDS

    async def _probe(self, seen_ms: int, now_ms: int) -> "Admission":
        until_ms = now_ms + PROBE_SECONDS * 1000

        def claim() -> bool:
            return self._store.claim_probe(self._name, seen_ms, now_ms, until_ms)

        if (self._state.probe_until_ms or 0) <= now_ms:
            if await self._ask(claim, True):
                self._keep(BreakerState(FAILURES_TO_OPEN, seen_ms, until_ms))
                return Admission(self, seen_ms)
            self._keep(await self._ask(lambda: self._store.load(self._name), self._state))
        if self._state.open_until_ms is None:
            return Admission(self, None)
        free_ms = max(self._state.probe_until_ms or 0, self._state.open_until_ms)
        raise self._refusal(free_ms - now_ms)

    async def _succeeded(self, probing_ms: int | None) -> None:
        known = self._state
        ends_failures = known.failures > 0 and known.open_until_ms is None
        if probing_ms is None and not ends_failures:
            return
        self._keep(BreakerState())
        await self._ask(lambda: self._store.close(self._name, probing_ms), None)

    async def _failed(self, probing_ms: int | None) -> None:
        if probing_ms is not None:
            await self._open(probing_ms)
            return
        state = await self._ask(
            lambda: self._store.count_failure(self._name),
            replace(self._state, failures=self._state.failures + 1),
        )
        self._keep(state)
        if state.failures >= FAILURES_TO_OPEN and state.open_until_ms is None:
            await self._open(None)

    async def _open(self, seen_ms: int | None) -> None:
        until_ms = int(clock.timestamp() * 1000) + OPEN_SECONDS * 1000
        self._keep(BreakerState(FAILURES_TO_OPEN, until_ms))
        counters.add(self._name, "BreakerOpens")
        get_logger().error("breaker opened", extra={"breaker": self._name})
        await self._ask(lambda: self._store.open(self._name, seen_ms, until_ms), None)

    async def _ask(self, call: Callable[[], T], otherwise: T) -> T:
        """The store's answer; where it is away, calls to the provider go on without it."""
        try:
            return await in_thread(call)
        except StoreUnavailable:
            get_logger().warning("breaker store unavailable", extra={"breaker": self._name})
            return otherwise

    def _refusal(self, rest_ms: int) -> CircuitOpen:
        return CircuitOpen(self._provider, retry_after_s=max(rest_ms, 1000) / 1000)


class Admission:
    """One call that the breaker let through; its end is reported when the block ends."""

    __slots__ = ("_breaker", "_lasting", "_probing_ms")

    def __init__(
        self, breaker: CircuitBreaker, probing_ms: int | None, lasting: bool = False
    ) -> None:
        self._breaker = breaker
        self._probing_ms = probing_ms
        self._lasting = lasting and probing_ms is None

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None or not self._lasting:
            await self._breaker.report(error, self._probing_ms)


class MemoryBreakerStore:
    """For a single process: local tools and tests."""

    def __init__(self) -> None:
        self.states: dict[str, BreakerState] = {}

    def load(self, name: str) -> BreakerState:
        return self.states.get(name, BreakerState())

    def count_failure(self, name: str) -> BreakerState:
        state = self.load(name)
        self.states[name] = replace(state, failures=state.failures + 1)
        return self.states[name]

    def open(self, name: str, seen_ms: int | None, until_ms: int) -> None:
        if self.load(name).open_until_ms == seen_ms:
            self.states[name] = BreakerState(FAILURES_TO_OPEN, until_ms)

    def claim_probe(self, name: str, seen_ms: int, now_ms: int, until_ms: int) -> bool:
        state = self.load(name)
        if state.open_until_ms != seen_ms or (state.probe_until_ms or 0) > now_ms:
            return False
        self.states[name] = replace(state, probe_until_ms=until_ms)
        return True

    def release_probe(self, name: str, seen_ms: int) -> None:
        state = self.load(name)
        if state.open_until_ms == seen_ms:
            self.states[name] = replace(state, probe_until_ms=None)

    def close(self, name: str, seen_ms: int | None) -> None:
        if self.load(name).open_until_ms == seen_ms:
            self.states[name] = BreakerState()
