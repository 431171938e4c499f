"""GET /flow/health: what stands behind the service, asked now."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from functions.code_api.monitoring import runtime_and_memory
from shared.code.client import CodeEngineUnavailable, engine_status
from shared.code.models import EngineStatus
from shared.core import clock
from shared.core.observability import get_logger
from shared.core.version import SERVICE, VERSION
from shared.data.flow_breaker import find_state
from shared.data.flow_tokens import find_token
from shared.http.flow_envelope import local_time

_FAILURES = (PynamoDBException, ClientError, BotoCoreError, CodeEngineUnavailable)
_NOBODY = "-"
T = TypeVar("T")


def health() -> dict[str, Any]:
    """Healthy is who has its tokens, its limits and its engine; what is not known is None."""
    tokens, limits = _ping(lambda: find_token(_NOBODY)), _ping(find_state)
    engine = _asked("engine", engine_status)
    figures = _asked("figures", runtime_and_memory) if limits["status"] == _UP else None
    runtime, memory = figures or (dict.fromkeys(_RUNTIME), dict.fromkeys(_MEMORY))
    well = tokens["status"] == limits["status"] == _UP and engine is not None
    return {
        "service": SERVICE,
        "status": "healthy" if well else "unhealthy",
        "version": VERSION,
        "database": tokens,
        "redis": {"enabled": True, **limits},
        "runtime": {
            "poolSize": engine.pool_size if engine else None,
            "maxConcurrent": engine.max_concurrent if engine else None,
            **runtime,
        },
        "memory": memory,
        "warmup": _warmup(engine),
    }


_UP = "connected"
_RUNTIME = ("currentExecutions", "totalExecutions", "successRate")
_MEMORY = ("alloc", "totalAlloc", "sys", "numGC")


def _ping(ask: Callable[[], object]) -> dict[str, Any]:
    begun = time.perf_counter()
    try:
        ask()
    except _FAILURES:
        get_logger().exception("no answer to a ping")
        return {"status": "disconnected", "ping": None}
    return {"status": _UP, "ping": f"{(time.perf_counter() - begun) * 1000:.2f}ms"}


def _asked(what: str, ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except _FAILURES:
        get_logger().exception("not known for the health report", extra={"what": what})
        return None


def _warmup(engine: EngineStatus | None) -> dict[str, Any]:
    modules = list(engine.modules) if engine else []
    return {
        "status": "completed" if engine else "failed",
        "modules": modules,
        "totalModules": len(modules),
        "successCount": len(modules),
        "elapsed": f"{engine.warm_ms:.2f}ms" if engine else None,
        "elapsedMs": round(engine.warm_ms, 2) if engine else None,
        "timestamp": local_time(clock.parse(engine.warmed_at)) if engine else None,
    }
