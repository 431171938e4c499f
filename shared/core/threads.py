"""Blocking store calls leave the event loop alone."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import to_thread

P = ParamSpec("P")
T = TypeVar("T")


_alone = False


def serve_one_at_a_time() -> None:
    """Say that this process has one request at a time, as a Lambda behind Mangum does."""
    global _alone
    _alone = True


async def off_loop(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of a blocking call that nothing else of the same request goes on beside.

    Where other requests share the loop it runs in a worker thread; where there are none it runs
    in place, since a thread is a fifth of a short request's time.
    """
    return call(*args, **kwargs) if _alone else await in_thread(call, *args, **kwargs)


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of a blocking call, run in a worker thread with the caller's context."""
    return await to_thread.run_sync(partial(call, *args, **kwargs))
