"""GCRA over a shared store: exact, with few writes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.errors import RateLimited
from shared.data.limits import Write
from shared.http.rate_limit import Limiter, enforce
from tests.support.clocks import StoppedClock, stopped_clock
from tests.unit.http.buckets import BrokenBuckets, MemoryBuckets

START = 1_800_000_000.0


@pytest.fixture
def time() -> Iterator[StoppedClock]:
    with stopped_clock(START) as stopped:
        yield stopped


def limiter(store: MemoryBuckets | BrokenBuckets, lease: int = 1) -> Limiter:
    return Limiter("test", rate_per_s=10, burst=100, store=store, lease=lease)


def passed(copy: Limiter, calls: int, key: str = "a") -> int:
    return sum(copy.check(key).allowed for _ in range(calls))


def test_a_full_bucket_passes_its_burst_and_no_more(time: StoppedClock) -> None:
    assert passed(limiter(MemoryBuckets()), 150) == 100


def test_tokens_come_back_at_the_rate(time: StoppedClock) -> None:
    copy = limiter(MemoryBuckets())
    passed(copy, 100)

    time.now += 2.05

    assert passed(copy, 50) == 20


def test_a_refusal_says_when_a_token_is_back(time: StoppedClock) -> None:
    copy = limiter(MemoryBuckets())
    passed(copy, 100)

    refused = copy.check("a")
    time.now += refused.retry_after_s

    assert refused.retry_after_s == pytest.approx(0.1)
    assert copy.check("a").allowed


def test_callers_have_buckets_of_their_own(time: StoppedClock) -> None:
    copy = limiter(MemoryBuckets())
    passed(copy, 100, "a")

    assert passed(copy, 1, "b") == 1


def test_a_dearer_call_takes_more(time: StoppedClock) -> None:
    copy = limiter(MemoryBuckets())

    assert copy.check("a", cost=60).remaining == 40
    assert not copy.check("a", cost=60).allowed
    assert copy.check("a", cost=40).allowed


def test_the_first_contact_takes_one_token_the_next_leases_five(time: StoppedClock) -> None:
    store = MemoryBuckets()
    copy = limiter(store, lease=5)

    copy.check("a")
    assert store.tats["test#a"] == (START + 0.1) * 1_000_000
    passed(copy, 5)

    assert store.tats["test#a"] == pytest.approx((START + 0.6) * 1_000_000)
    assert store.writes == 2


def test_a_lease_ends_after_ten_seconds(time: StoppedClock) -> None:
    store = MemoryBuckets()
    copy = limiter(store, lease=5)
    passed(copy, 2)

    time.now += 10.0
    copy.check("a")

    assert store.writes == 3


def test_nothing_is_leased_from_a_bucket_less_than_half_free(time: StoppedClock) -> None:
    store = MemoryBuckets()
    passed(limiter(store), 51)
    copy = limiter(store, lease=5)
    before = store.tats["test#a"]

    passed(copy, 2)

    assert store.tats["test#a"] - before == 200_000


def test_a_lease_guessed_from_old_knowledge_becomes_a_single_token(time: StoppedClock) -> None:
    store = MemoryBuckets()
    copy = limiter(store, lease=5)
    copy.check("a")
    passed(limiter(store), 60)
    before = store.tats["test#a"]

    assert copy.check("a").allowed
    assert store.tats["test#a"] - before == 100_000


def test_a_denial_known_to_memory_costs_no_write(time: StoppedClock) -> None:
    store = MemoryBuckets()
    copy = limiter(store)
    passed(copy, 101)
    writes = store.writes

    assert passed(copy, 50) == 0
    assert store.writes == writes


def test_a_bucket_emptied_elsewhere_is_found_out_with_one_write_more(time: StoppedClock) -> None:
    store = MemoryBuckets()
    copy = limiter(store)
    copy.check("a")
    passed(limiter(store), 99)
    writes = store.writes

    assert not copy.check("a").allowed
    assert store.writes - writes == 1


def test_memory_is_bounded(time: StoppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.http.rate_limit.REMEMBERED", 3)
    store = MemoryBuckets()
    copy = limiter(store, lease=5)
    copy.check("first")
    for number in range(3):
        copy.check(f"later-{number}")

    assert copy.check_memory("first") is None
    copy.check("first")
    assert store.tats["test#first"] == (START + 0.2) * 1_000_000  # one token again, no lease


def test_a_store_that_is_down_lets_through_and_is_left_alone_for_a_while(
    time: StoppedClock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "RoleCraft")
    store = BrokenBuckets()
    copy = limiter(store)

    assert passed(copy, 10) == 10
    assert store.tries == 1
    assert '"RateLimitNotEnforced"' in capsys.readouterr().out

    time.now += 5.0
    copy.check("a")
    assert store.tries == 2


async def test_a_refusal_tells_the_client_whole_seconds(time: StoppedClock) -> None:
    copy = limiter(MemoryBuckets())
    await enforce(copy, "a", cost=100)

    with pytest.raises(RateLimited) as refused:
        await enforce(copy, "a", cost=25)

    assert refused.value.retry_after == 3


def test_a_decision_says_who_made_it(time: StoppedClock) -> None:
    copy = limiter(MemoryBuckets())
    sources = [copy.check("a").source for _ in range(102)]

    assert sources[:2] == ["new", "store"]
    assert sources[99:] == ["store", "memory", "memory"]
    assert limiter(BrokenBuckets()).check("a").source == "nobody"


def test_two_hundred_threads_of_four_copies_never_pass_more(time: StoppedClock) -> None:
    store = MemoryBuckets()
    copies = [limiter(store, lease=5) for _ in range(4)]

    with ThreadPoolExecutor(50) as pool:
        decisions = list(pool.map(lambda n: copies[n % 4].check("a"), range(400)))

    admitted = sum(decision.allowed for decision in decisions)
    assert 80 <= admitted <= 100  # at most the leases of four copies are left over


@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 2),
            st.floats(0, 3, allow_nan=False),
            st.integers(1, 30),
        ),
        max_size=60,
    )
)
def test_whatever_copies_do_no_more_pass_than_burst_and_refill(
    steps: list[tuple[int, float, int]],
) -> None:
    with stopped_clock(START) as stopped:
        store = MemoryBuckets()
        copies = [limiter(store, lease=5) for _ in range(3)]
        admitted = 0
        for copy, pause, calls in steps:
            stopped.now += pause
            admitted += passed(copies[copy], calls)
            assert admitted <= 100 + (stopped.now - START) * 10 + 1e-3


def test_a_call_whose_store_is_slow_is_not_refused_for_those_that_began_after_it(
    time: StoppedClock,
) -> None:
    store = MemoryBuckets()

    class Slow(MemoryBuckets):
        def restart(self, key: str, now_us: int, tat_us: int) -> Write:
            time.now += 60
            assert limiter(store).check("a").allowed
            return store.restart(key, now_us, tat_us)

        def advance(self, key: str, by_us: int, above_us: int, ceiling_us: int) -> Write:
            return store.advance(key, by_us, above_us, ceiling_us)

    assert limiter(Slow()).check("a").allowed
    assert store.tats["test#a"] == pytest.approx((START + 60.2) * 1_000_000)
