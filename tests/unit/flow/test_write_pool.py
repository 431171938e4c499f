"""Writes beside the work, and counts on their way."""

import threading

import pytest

from shared.core import clock
from shared.flow import write_pool as module
from shared.flow.figures import Figures, figures
from shared.flow.write_pool import WritePool


@pytest.fixture(autouse=True)
def counts() -> Figures:
    figures.cache_clear()
    return figures()


def test_a_write_runs_and_is_counted(counts: Figures) -> None:
    pool, done = WritePool(), threading.Event()
    pool.settle([pool.submit(done.set)])

    assert done.is_set()
    assert counts.take() == {"submitted": 1, "succeeded": 1, "processed": 1}
    assert pool.used == 0


def test_a_write_that_fails_harms_nobody(counts: Figures) -> None:
    pool = WritePool()

    def fail() -> None:
        raise ConnectionError("away")

    pool.settle([pool.submit(fail)])

    assert counts.take() == {"submitted": 1, "failed_writes": 1, "processed": 1}


def test_a_full_queue_takes_no_more(counts: Figures) -> None:
    pool, release = WritePool(workers=1, queue=2), threading.Event()
    held = [pool.submit(release.wait) for _ in range(2)]  # type: ignore[arg-type]

    assert pool.submit(release.set) is None
    assert (pool.used, counts.take()["blocked"]) == (2, 1)
    release.set()
    pool.settle(held)
    assert pool.used == 0


def test_nobody_waits_for_long(counts: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WAIT_S", 0.01)
    pool, release = WritePool(), threading.Event()
    late = pool.submit(release.wait)  # type: ignore[arg-type]
    pool.settle([late, None])

    assert counts.take()["timed_out"] == 1
    release.set()


def test_counts_are_due_by_number_or_by_age() -> None:
    now = 1000.0
    with clock.travelling(lambda: now):
        counts = Figures()
        assert not counts.is_due()
        counts.count("limit_hot", 99)
        assert not counts.is_due()
        counts.count("limit_hot")
        assert counts.is_due()
        taken = counts.take()
        assert not counts.is_due()
        counts.give_back(taken)
        counts.count("limit_hot")
        assert counts.take() == {"limit_hot": 101}
        counts.count("sync")
        now += 5
        assert counts.is_due()
