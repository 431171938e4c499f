"""The breaker opens, rests and probes once, for all copies together."""

import asyncio
from collections.abc import Iterator

import pytest

from shared.ai.breaker import BreakerState, CircuitBreaker, MemoryBreakerStore, StoreUnavailable
from shared.ai.errors import AIServiceError, CircuitOpen, KeyExhausted, ProviderUnavailable
from shared.core import clock
from tests.unit.ai.fakes import FakeClock

DOWN = ProviderUnavailable("p")


class CountingStore(MemoryBreakerStore):
    """Counts the calls, and can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.away = False

    def __getattribute__(self, name: str):  # type: ignore[no-untyped-def]
        found = super().__getattribute__(name)
        if name in ("load", "count_failure", "open", "claim_probe", "release_probe", "close"):
            self.calls.append(name)
            if self.away:
                raise StoreUnavailable
        return found


@pytest.fixture
def time() -> Iterator[FakeClock]:
    fake = FakeClock()
    with clock.travelling(fake):
        yield fake


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


def copy_of(store: MemoryBreakerStore, name: str = "p/m") -> CircuitBreaker:
    """The breaker as one running copy has it."""
    return CircuitBreaker(name, "p", store)


async def call(breaker: CircuitBreaker, error: BaseException | None = None) -> None:
    async with await breaker.admit():
        if error:
            raise error


async def fail(breaker: CircuitBreaker, times: int = 1, error: AIServiceError = DOWN) -> None:
    for _ in range(times):
        with pytest.raises(type(error)):
            await call(breaker, error)


async def refused(breaker: CircuitBreaker) -> CircuitOpen:
    with pytest.raises(CircuitOpen) as caught:
        await call(breaker)
    return caught.value


async def test_five_failures_in_a_row_open_it_for_sixty_seconds(
    time: FakeClock, store: CountingStore
):
    breaker = copy_of(store)
    await fail(breaker, 5)

    error = await refused(breaker)
    assert (error.status, error.code, error.retry_after) == (503, "SERVICE_UNAVAILABLE", 60)
    time.now += 59
    assert (await refused(breaker)).retry_after == 1
    time.now += 1
    await call(breaker)


async def test_a_success_in_between_starts_the_count_again(time: FakeClock, store: CountingStore):
    breaker = copy_of(store)
    await fail(breaker, 4)
    await call(breaker)
    await fail(breaker, 4)
    await call(breaker)

    assert store.states["p/m"] == BreakerState()


async def test_failures_of_several_copies_add_up(time: FakeClock, store: CountingStore):
    first, second = copy_of(store), copy_of(store)
    await fail(first, 3)
    await fail(second, 2)

    await refused(second)
    time.now += 5
    await refused(first)
    await refused(copy_of(store))


async def test_a_copy_learns_of_the_opening_from_its_own_failure(
    time: FakeClock, store: CountingStore
):
    first, second = copy_of(store), copy_of(store)
    await call(second)
    await fail(first, 5)
    await fail(second)

    await refused(second)


async def test_exactly_one_copy_probes(time: FakeClock, store: CountingStore):
    copies = [copy_of(store) for _ in range(8)]
    await fail(copies[0], 5)
    time.now += 60
    admitted = await asyncio.gather(*(c.admit() for c in copies), return_exceptions=True)

    assert sum(not isinstance(answer, CircuitOpen) for answer in admitted) == 1


async def test_a_probe_that_succeeds_closes_it_for_all(time: FakeClock, store: CountingStore):
    first, second = copy_of(store), copy_of(store)
    await fail(first, 5)
    await refused(second)
    time.now += 60
    await call(first)
    await call(second)
    await fail(second, 4)

    await call(first)


async def test_a_probe_that_fails_opens_it_again(time: FakeClock, store: CountingStore):
    breaker = copy_of(store)
    await fail(breaker, 5)
    time.now += 60
    await fail(breaker)

    assert (await refused(breaker)).retry_after == 60


async def test_a_cancelled_probe_lets_the_next_one_through(time: FakeClock, store: CountingStore):
    breaker = copy_of(store)
    await fail(breaker, 5)
    time.now += 60
    with pytest.raises(asyncio.CancelledError):
        await call(breaker, asyncio.CancelledError())

    await call(breaker)


async def test_a_probe_that_never_reports_is_replaced(time: FakeClock, store: CountingStore):
    breaker = copy_of(store)
    await fail(breaker, 5)
    time.now += 60
    await breaker.admit()
    assert (await refused(breaker)).retry_after == 45
    time.now += 46

    await call(copy_of(store))


async def test_refusals_that_show_a_living_provider_do_not_count(
    time: FakeClock, store: CountingStore
):
    breaker = copy_of(store)
    await fail(breaker, 9, KeyExhausted("p"))

    await call(breaker)


async def test_the_closed_state_costs_no_store_call(time: FakeClock, store: CountingStore):
    breaker = copy_of(store)
    for _ in range(100):
        await call(breaker)
    assert store.calls == ["load"]

    time.now += 5
    await call(breaker)
    assert store.calls == ["load", "load"]


async def test_the_open_state_costs_no_store_call(time: FakeClock, store: CountingStore):
    breaker = copy_of(store)
    await fail(breaker, 5)
    store.calls.clear()
    for _ in range(50):
        time.now += 1
        await refused(breaker)

    assert store.calls == []


async def test_without_the_store_calls_go_on_and_this_copy_still_opens(
    time: FakeClock, store: CountingStore
):
    store.away = True
    breaker = copy_of(store)
    await call(breaker)
    await fail(breaker, 5)
    await refused(breaker)
    time.now += 60

    await call(breaker)
    await call(breaker)


async def test_breakers_of_other_names_stay_closed(time: FakeClock, store: CountingStore):
    await fail(copy_of(store, "p/m"), 5)

    await call(copy_of(store, "p/other"))
