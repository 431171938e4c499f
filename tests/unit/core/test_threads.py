"""Where blocking calls run."""

import threading

import pytest

from shared.core import threads


async def test_where_requests_share_a_loop_a_blocking_call_has_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "_alone", False)
    assert await threads.off_loop(threading.get_ident) != threading.get_ident()


async def test_where_one_request_runs_at_a_time_it_runs_in_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "_alone", False)
    threads.serve_one_at_a_time()
    assert await threads.off_loop(threading.get_ident) == threading.get_ident()
    assert await threads.in_thread(threading.get_ident) != threading.get_ident()
