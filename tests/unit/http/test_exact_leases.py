"""Leases that end with their own refill: few writes, and exact at every moment."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.rate_limit import Limiter
from tests.support.clocks import StoppedClock, stopped_clock
from tests.unit.http.buckets import MemoryBuckets

START = 1_800_000_000.0
RATE, BURST = 200, 400


@pytest.fixture
def time() -> Iterator[StoppedClock]:
    with stopped_clock(START) as stopped:
        yield stopped


def exact(store: MemoryBuckets) -> Limiter:
    return Limiter("test", RATE, BURST, store, lease=20, exact=True)


def passed(copy: Limiter, calls: int) -> int:
    return sum(copy.check("a").allowed for _ in range(calls))


def test_a_caller_near_its_rate_is_served_with_few_writes(time: StoppedClock) -> None:
    store = MemoryBuckets()
    copy = exact(store)

    for _ in range(400):
        time.now += 1 / RATE
        assert copy.check("a").allowed

    assert store.writes <= 400 / 20 + 4


def test_a_lease_ends_with_its_own_refill_and_nothing_is_lost(time: StoppedClock) -> None:
    store = MemoryBuckets()
    copy, other = exact(store), exact(store)
    passed(copy, 2)  # the second call leases twenty

    time.now += 0.106

    assert passed(other, 500) == BURST
    assert passed(copy, 1) == 0


def test_what_copies_hold_and_the_bucket_holds_is_never_more_than_the_burst(
    time: StoppedClock,
) -> None:
    store = MemoryBuckets()
    copies = [exact(store) for _ in range(10)]
    for copy in copies:
        passed(copy, 2)
    time.now += 0.04

    assert sum(passed(copy, 200) for copy in copies) <= BURST


def test_one_copy_passes_the_whole_burst(time: StoppedClock) -> None:
    assert passed(exact(MemoryBuckets()), 500) == BURST


def test_threads_of_several_copies_never_pass_more(time: StoppedClock) -> None:
    store = MemoryBuckets()
    copies = [exact(store) for _ in range(4)]

    with ThreadPoolExecutor(50) as pool:
        decisions = list(pool.map(lambda n: copies[n % 4].check("a"), range(1000)))

    assert sum(decision.allowed for decision in decisions) <= BURST


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 2), st.floats(0, 0.5, allow_nan=False), st.integers(1, 150)),
        max_size=30,
    )
)
def test_in_no_stretch_of_time_do_more_pass_than_burst_and_refill(
    steps: list[tuple[int, float, int]],
) -> None:
    log: list[tuple[float, int]] = []
    with stopped_clock(START) as stopped:
        store = MemoryBuckets()
        copies = [exact(store) for _ in range(3)]
        for copy, pause, calls in steps:
            stopped.now += pause
            log.append((stopped.now, passed(copies[copy], calls)))
    for begin, (started, _) in enumerate(log):
        total = 0
        for moment, count in log[begin:]:
            total += count
            # The microsecond that a clock is rounded to.
            assert total <= BURST + (moment - started + 2e-6) * RATE


def test_copies_that_lease_refuse_nobody_well_below_the_burst(time: StoppedClock) -> None:
    store = MemoryBuckets()
    copies = [Limiter("test", 50, 100, store, lease=20, exact=True) for _ in range(25)]

    assert [passed(copy, 1) for copy in copies] == [1] * 25
    assert [passed(copy, 1) for copy in copies] == [1] * 25


def test_threads_of_one_copy_use_each_others_leases(time: StoppedClock) -> None:
    copy = Limiter("test", 50, 100, MemoryBuckets(), lease=20, exact=True)

    with ThreadPoolExecutor(50) as pool:
        decisions = list(pool.map(lambda _: copy.check("a").allowed, range(50)))

    assert all(decisions)
