"""One event loop for all invocations of a worker: connections stay open between them."""

import asyncio
from collections.abc import Coroutine
from contextvars import copy_context
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def run_in_loop(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, run in the process's loop under the context of this invocation."""
    # The runner would keep the first invocation's context, and with it its request id.
    return _runner().run(work, context=copy_context())


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner(loop_factory=asyncio.new_event_loop)
