"""Several calls of Lambda handlers at the same instant."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from shared.ai.http_client import close_http_client

T = TypeVar("T")


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """The results of all calls, begun together, each in a thread and event loop of its own."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            barrier.wait(timeout=60)
            return call()
        finally:
            loop.run_until_complete(close_http_client())  # what the call left open in it
            loop.close()
            asyncio.set_event_loop(None)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
