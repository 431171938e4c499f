"""The figures of /flow, each of the whole service (docs/code-block-api.md says what each is).

What happened is summed up in the store by all copies; what copies hold now is what each of them
said within the last minute. Only the engine's pool is that of the one copy which answers.
"""

from collections import Counter
from typing import Any

from functions.code_api import history
from functions.code_api.background import gauges_write
from functions.code_api.settings import FlowSettings
from functions.code_api.token_cache import CAPACITY
from functions.code_api.units import bytes_text, percent, rate
from shared.core import clock
from shared.data.flow_copies import find_gauges
from shared.data.flow_stats import Sums, find_sums
from shared.data.limits import KEEP_SECONDS
from shared.flow.execution import write_figures
from shared.flow.limits import hot_buckets
from shared.flow.write_pool import QUEUE, WORKERS, write_pool


def status() -> dict[str, Any]:
    """Executions so far, those running, and memory."""
    sums, copies, held = _read()
    count = Counter(sums.figures)
    total, taken_ms = count["executions"], count["execution_us"] / 1000
    return {
        "totalExecutions": total,
        "successfulExecutions": count["successes"],
        "failedExecutions": count["failures"],
        "currentExecutions": _running(sums),
        "successRate": rate(count["successes"], total),
        "avgExecutionTime": round(taken_ms / total, 3) if total else 0.0,
        "totalExecutionTime": round(taken_ms, 3),
        "syncExecutions": count["sync"],
        "asyncExecutions": count["async"],
        "circuitBreakerTrips": count["trips"],
        "memStats": _memory(copies, held),
    }


def runtime_and_memory() -> tuple[dict[str, Any], dict[str, Any]]:
    """The parts of /flow/health that come out of the figures."""
    sums, copies, held = _read()
    count = Counter(sums.figures)
    runtime = {
        "currentExecutions": _running(sums),
        "totalExecutions": count["executions"],
        "successRate": rate(count["successes"], count["executions"]),
    }
    return runtime, _memory(copies, held)


def cache_stats() -> dict[str, Any]:
    """The tokens that copies hold in memory, and the table behind them."""
    sums, copies, held = _read()
    count = Counter(sums.figures)
    hot, warm, missed = count["token_hot"], count["token_warm"], count["token_miss"]
    return {
        "hotCache": {
            "size": held["tokens"],
            "capacity": CAPACITY * copies,
            "hits": hot,
            "misses": warm + missed,
            "hitRate": rate(hot, hot + warm + missed),
        },
        "redisCache": {
            "enabled": True,
            "hits": warm,
            "misses": missed,
            "hitRate": rate(warm, warm + missed),
        },
        "totalHits": hot + warm,
        "totalMisses": missed,
        "overallHitRate": rate(hot + warm, hot + warm + missed),
    }


def rate_limit_stats() -> dict[str, Any]:
    """The three tiers of the limits."""
    sums, copies, held = _read()
    count = Counter(sums.figures)
    names = ("limit_hot", "limit_warm", "limit_cold", "limit_miss")
    hot, warm, cold, missed = (count[name] for name in names)
    room = hot_buckets()[1] * copies
    return {
        "hot_tier": {
            "size": held["buckets"],
            "max_size": room,
            "utilization_percent": percent(held["buckets"], room),
        },
        "warm_tier": {"enabled": True, "size": held["buckets"], "ttl": KEEP_SECONDS},
        "cold_tier": {
            "enabled": True,
            "batch_buffer_size": held["history"],
            "batch_size": history.BATCH,
            "table_name": history.TABLE,
        },
        "hit_rate": {
            "hot_hits": hot,
            "warm_hits": warm,
            "cold_hits": cold,
            "misses": missed,
            "hot_rate": rate(hot, hot + warm + missed),
            "warm_rate": rate(warm, warm + missed),
            "overall": rate(hot + warm, hot + warm + missed),
        },
        "write_pool": _write_pool(count, copies, held),
    }


def write_pool_stats() -> dict[str, int]:
    """The pools of all copies."""
    sums, copies, held = _read()
    return _write_pool(Counter(sums.figures), copies, held)


def _read() -> tuple[Sums, int, Counter[str]]:
    """Figures, running copies, and what they hold; what this copy has not told yet included."""
    pool = write_pool()
    pool.settle([pool.submit(write) for write in (write_figures, gauges_write())])
    copies, held = find_gauges()
    return find_sums(), copies, Counter(held)


def _running(sums: Sums) -> int:
    # The mark of an execution stands in the minute it began in, as long as it may take.
    longest_minutes = -(-FlowSettings.from_env().code_timeout_seconds // 60) + 1
    return max(0, sums.since(int(clock.timestamp()) // 60 - longest_minutes).running)


def _memory(copies: int, held: Counter[str]) -> dict[str, Any]:
    given = FlowSettings.from_env().aws_lambda_function_memory_size * 1024 * 1024
    return {
        "alloc": bytes_text(held["resident"]),
        "totalAlloc": bytes_text(held["peak"]),
        "sys": bytes_text(given * copies),
        "numGC": held["collections"],
    }


def _write_pool(count: Counter[str], copies: int, held: Counter[str]) -> dict[str, int]:
    room, used = QUEUE * copies, held["queued"]
    return {
        "workers": WORKERS * copies,
        "queue_size": room,
        "queue_used": used,
        "queue_available": room - used,
        "total_submitted": count["submitted"],
        "total_processed": count["processed"],
        "total_success": count["succeeded"],
        "total_failed": count["failed_writes"],
        "total_timeout": count["timed_out"],
        "submit_blocked": count["blocked"],
    }
