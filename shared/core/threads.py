"""Blocking store calls leave the event loop alone."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import to_thread

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of a blocking call, run in a worker thread with the caller's context."""
    return await to_thread.run_sync(partial(call, *args, **kwargs))
