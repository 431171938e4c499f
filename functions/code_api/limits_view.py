"""GET /flow/limits: what is allowed, nothing of where things are."""

from dataclasses import dataclass
from typing import Any

from functions.code_api.settings import FlowSettings
from functions.code_api.units import bytes_text
from shared.code.client import CodeEngineUnavailable, engine_status
from shared.code.models import MAX_CODE_BYTES, MAX_INPUT_BYTES, MAX_RESULT_BYTES
from shared.core.observability import get_logger
from shared.data.limits import KEEP_SECONDS
from shared.data.table import CONNECT_SECONDS, POOL, READ_SECONDS
from shared.flow.breaker import FAILURE_RATIO, MAX_REQUESTS, MIN_REQUESTS, OPEN_S
from shared.flow.limits import AFTER_AUTHENTICATION, BEFORE_AUTHENTICATION, PUBLIC, AddressLimit


@dataclass(frozen=True, slots=True)
class _Pool:
    """The engine's pool, None where the engine does not answer."""

    size: int | None = None
    most: int | None = None


def limits_view() -> dict[str, Any]:
    """All groups of the contract."""
    return {
        "execution": _execution(),
        "concurrency": _concurrency(_pool()),
        "cache": {"codeCacheSize": 0},  # each execution compiles in an isolate of its own
        "circuitBreaker": {
            "enabled": True,
            "minRequests": MIN_REQUESTS,
            "failureRatio": FAILURE_RATIO,
            "timeout": OPEN_S,
            "timeoutStr": f"{OPEN_S}s",
            "maxRequests": MAX_REQUESTS,
        },
        "rateLimit": {
            "preAuthIP": _address(BEFORE_AUTHENTICATION),
            "postAuthIP": _address(AFTER_AUTHENTICATION),
            "globalIP": _address(PUBLIC),
        },
        "database": {
            "type": "dynamodb",
            "maxOpenConns": POOL,
            "connectTimeout": CONNECT_SECONDS,
            "readTimeout": READ_SECONDS,
        },
        "redis": {"enabled": True, "type": "dynamodb", "poolSize": POOL, "ttl": KEEP_SECONDS},
    }


def _execution() -> dict[str, Any]:
    timeout = FlowSettings.from_env().code_timeout_seconds
    return {
        "maxCodeLength": MAX_CODE_BYTES,
        "maxCodeLengthStr": bytes_text(MAX_CODE_BYTES),
        "maxInputSize": MAX_INPUT_BYTES,
        "maxInputSizeStr": bytes_text(MAX_INPUT_BYTES),
        "maxResultSize": MAX_RESULT_BYTES,
        "maxResultSizeStr": bytes_text(MAX_RESULT_BYTES),
        "timeout": timeout,
        "timeoutStr": f"{timeout}s",
        "allowConsole": False,
    }


def _concurrency(pool: _Pool) -> dict[str, Any]:
    return {
        "maxConcurrent": pool.most,
        "poolSize": pool.size,
        "minPoolSize": pool.size,
        "maxPoolSize": pool.most,
        # A child waits for its one execution as long as its copy lives.
        "idleTimeout": 0,
        "idleTimeoutStr": "0s",
    }


def _pool() -> _Pool:
    try:
        engine = engine_status()
    except CodeEngineUnavailable:
        get_logger().warning("engine not asked for its pool")
        return _Pool()
    return _Pool(engine.pool_size, engine.max_concurrent)


def _address(limit: AddressLimit) -> dict[str, int]:
    return {"rate": limit.rate, "burst": limit.burst}
