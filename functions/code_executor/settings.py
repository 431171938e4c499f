"""How much one copy of the executor gives to an execution, and how many run at once."""

import os
from dataclasses import dataclass, field

from functions.code_executor.engine.scripts import Limits
from shared.code.models import (
    MAX_FETCH_BYTES,
    MAX_FETCHES,
    MAX_RESULT_BYTES,
    MAX_TIMEOUT_MS,
)


def _limits() -> Limits:
    return Limits(
        heap_mb=128,
        cpu_s=MAX_TIMEOUT_MS // 1000 + 1,
        result_bytes=MAX_RESULT_BYTES,
        fetches=MAX_FETCHES,
        body_bytes=MAX_FETCH_BYTES,
    )


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Constants of the service; tests make smaller ones.

    Attributes:
        limits: of a child. Buffers and the like may take twice the heap beside it; processor
            time is where the kernel ends a child that nobody else has ended.
        pool_size: children that wait for work.
        max_concurrent: children at work. Lambda asks for one at a time.
        max_queued: callers that wait for a child; one more gets a ConcurrencyError.
        queue_s: how long they wait.
        fetch_s: how long a request may take, redirects and body included.
        max_redirects: of one request.
    """

    limits: Limits = field(default_factory=_limits)
    pool_size: int = 2
    max_concurrent: int = 16
    max_queued: int = 256
    queue_s: float = 30.0
    fetch_s: float = 10.0
    max_redirects: int = 5


def zygote_environment() -> dict[str, str]:
    """The variables of a zygote: none of this process' own, which hold its credentials.

    On AWS the interpreter finds its library by the one that is kept.
    """
    libraries = os.environ.get("LD_LIBRARY_PATH")
    kept = {"LD_LIBRARY_PATH": libraries} if libraries else {}
    return {"TZ": "UTC", "LANG": "C.UTF-8", **kept}
