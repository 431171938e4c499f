"""The breaker's state in the limits table: shared, and changed by conditional writes."""

import asyncio
from collections.abc import Iterator

import pytest

from shared.ai.breaker import BreakerState, CircuitBreaker, StoreUnavailable
from shared.ai.errors import CircuitOpen, ProviderUnavailable
from shared.core import clock
from shared.data.breakers import TableBreakerStore
from tests.unit.ai.fakes import FakeClock


@pytest.fixture
def time() -> Iterator[FakeClock]:
    fake = FakeClock()
    with clock.travelling(fake):
        yield fake


async def fail(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        with pytest.raises(ProviderUnavailable):
            async with await breaker.admit():
                raise ProviderUnavailable("p")


def test_failures_are_counted_atomically_and_cleared():
    store = TableBreakerStore()
    assert store.load("p/m") == BreakerState()
    assert [store.count_failure("p/m").failures for _ in range(3)] == [1, 2, 3]

    store.close("p/m", None)

    assert store.load("p/m") == BreakerState()


def test_only_who_saw_the_last_state_may_change_it():
    store = TableBreakerStore()
    store.open("p/m", None, 1000)
    store.open("p/m", None, 9999)
    store.close("p/m", None)
    assert store.load("p/m").open_until_ms == 1000

    store.open("p/m", 1000, 2000)
    assert store.load("p/m") == BreakerState(5, 2000, None)


def test_the_probe_has_one_holder_until_its_lease_ends():
    store = TableBreakerStore()
    store.open("p/m", None, 1000)

    assert store.claim_probe("p/m", 1000, 1001, 5000)
    assert not store.claim_probe("p/m", 1000, 1002, 5000)
    assert not store.claim_probe("p/m", 999, 1002, 5000)
    assert store.claim_probe("p/m", 1000, 5000, 9000)
    store.release_probe("p/m", 1000)
    assert store.claim_probe("p/m", 1000, 5001, 9000)


async def test_copies_open_and_probe_together(time: FakeClock):
    copies = [CircuitBreaker("p/m", "p", TableBreakerStore()) for _ in range(5)]
    await fail(copies[0], 3)
    await fail(copies[1], 2)
    with pytest.raises(CircuitOpen):
        await copies[2].admit()

    time.now += 60
    admitted = await asyncio.gather(*(c.admit() for c in copies), return_exceptions=True)
    assert sum(not isinstance(answer, CircuitOpen) for answer in admitted) == 1


def test_a_table_that_is_away_is_said_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIMITS_TABLE", "rolecraft-test-missing")
    store = TableBreakerStore()

    with pytest.raises(StoreUnavailable):
        store.load("p/m")
    with pytest.raises(StoreUnavailable):
        store.count_failure("p/m")
    with pytest.raises(StoreUnavailable):
        store.claim_probe("p/m", 1, 2, 3)
