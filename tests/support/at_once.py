"""Several calls of Lambda handlers at the same instant."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """The results of all calls, begun together, each in a thread and event loop of its own."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            barrier.wait(timeout=10)
            return call()
        finally:
            loop.close()
            asyncio.set_event_loop(None)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
