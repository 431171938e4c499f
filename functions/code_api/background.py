"""What a copy writes beside its requests: figures, history, and what it holds in memory."""

import gc
import resource
from collections.abc import Callable
from functools import cache, partial

from functions.code_api.history import history
from functions.code_api.token_cache import token_cache
from shared.core import clock
from shared.data.flow_copies import store_gauges
from shared.flow.execution import copy_id, write_figures
from shared.flow.figures import figures
from shared.flow.limits import hot_buckets
from shared.flow.write_pool import write_pool

_GAUGES_EVERY_S = 10.0


class _Beat:
    """When this copy said last what it holds."""

    def __init__(self) -> None:
        self._last_s = 0.0

    def is_due(self) -> bool:
        now = clock.timestamp()
        due = now - self._last_s >= _GAUGES_EVERY_S
        if due:
            self._last_s = now
        return due


@cache
def _beat() -> _Beat:
    return _Beat()


def forget_beat() -> None:
    """Let the next request say what the copy holds (tests)."""
    _beat.cache_clear()


def write_due() -> None:
    """Write what is due; called at the end of each request."""
    wanted: list[Callable[[], None]] = []
    if figures().is_due():
        wanted.append(write_figures)
    if history().is_due():
        wanted.append(history().write)
    if _beat().is_due():
        wanted.append(gauges_write())
    pool = write_pool()
    pool.settle([pool.submit(write) for write in wanted])


def gauges_write() -> Callable[[], None]:
    """The write that says what this copy holds now (before the write itself waits, too)."""
    return partial(store_gauges, copy_id(), _gauges())


def _gauges() -> dict[str, int]:
    """Cached tokens, buckets, waiting writes, memory in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "tokens": token_cache().size,
        "buckets": hot_buckets()[0],
        "history": history().waiting,
        "queued": write_pool().used,
        "resident": _resident_bytes(),
        "peak": peak,
        "collections": sum(generation["collections"] for generation in gc.get_stats()),
    }


def _resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - no path to handle
        return int(statm.read().split()[1]) * resource.getpagesize()
