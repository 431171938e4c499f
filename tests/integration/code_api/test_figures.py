"""The figures: true for the whole service, whichever copy is asked."""

import threading
from collections import Counter
from typing import Any

import pytest

from shared.core import clock
from shared.flow.figures import figures
from tests.integration.code_api.conftest import forget_copy
from tests.support.at_once import at_once
from tests.support.flow import ENGINE, FakeExecutor, FlowClient, error, result
from tests.support.waiting import until

STATUS = [
    "totalExecutions", "successfulExecutions", "failedExecutions", "currentExecutions",
    "successRate", "avgExecutionTime", "totalExecutionTime", "syncExecutions",
    "asyncExecutions", "circuitBreakerTrips", "memStats",
]  # fmt: skip


def another_copy() -> None:
    """From here on the calls are served by a copy that has seen none of the others."""
    forget_copy()
    figures.cache_clear()


def test_executions_of_all_copies_are_summed_up(
    client: FlowClient, token: str, executor: FakeExecutor
) -> None:
    for _ in range(3):
        client.run(token)
    another_copy()
    executor.answer = lambda _: result("1", is_async=True)
    client.run(token)
    executor.answer = lambda _: error("TypeError", "no")
    client.run(token)
    another_copy()

    data = client.figure("/flow/status")

    assert list(data) == STATUS
    memory = data.pop("memStats")
    assert data == {
        "totalExecutions": 5,
        "successfulExecutions": 4,
        "failedExecutions": 1,
        "currentExecutions": 0,
        "successRate": "80.0%",
        "avgExecutionTime": 1.5,
        "totalExecutionTime": 7.5,
        "syncExecutions": 4,
        "asyncExecutions": 1,
        "circuitBreakerTrips": 0,
    }
    assert set(memory) == {"alloc", "totalAlloc", "sys", "numGC"}
    assert memory["alloc"].endswith(" MB")


def test_a_running_execution_is_seen_while_it_lasts(
    client: FlowClient, token: str, executor: FakeExecutor
) -> None:
    release = threading.Event()

    def wait(_: Any) -> Any:
        release.wait(20)
        return result("1")

    executor.answer = wait

    def watch() -> int:
        try:
            until(lambda: client.figure("/flow/status")["currentExecutions"] == 2)
        finally:
            release.set()
        return 0

    at_once([lambda: client.run(token).status, lambda: client.run(token).status, watch])

    assert client.figure("/flow/status")["currentExecutions"] == 0


def test_a_copy_that_died_is_forgotten_when_its_execution_would_be_over(
    client: FlowClient, token: str, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise RuntimeError("the process ends before it has told anybody")

    executor.takes(0.3)
    with monkeypatch.context() as patch:
        patch.setattr("shared.flow.execution._finish", die)
        answer = client.run(token)
    assert (answer.status, answer.body["error"]) == (500, "服务内部错误，请稍后再试")
    assert client.figure("/flow/status")["currentExecutions"] == 1

    later = clock.timestamp() + 180
    with clock.travelling(lambda: later):
        assert client.figure("/flow/status")["currentExecutions"] == 0


def test_parallel_executions_are_all_counted(client: FlowClient, token: str) -> None:
    statuses = at_once([lambda: client.run(token).status] * 25)

    assert Counter(statuses) == {200: 25}
    # On a busy machine a write may outlast the two seconds that a request waits for it.
    until(lambda: client.figure("/flow/status")["totalExecutions"] == 25)


def test_token_look_ups_are_counted_by_where_they_ended(client: FlowClient, token: str) -> None:
    for _ in range(4):
        client.run(token)
    client.run("flow_" + "0" * 64)
    client.run(token)  # an execution takes what waits along
    another_copy()
    client.run(token)

    data = client.figure("/flow/cache/stats")

    assert data == {
        "hotCache": {
            "size": 1,  # the first copy told when it held none
            "capacity": 20_000,
            "hits": 4,
            "misses": 3,
            "hitRate": "57.1%",
        },
        "redisCache": {"enabled": True, "hits": 2, "misses": 1, "hitRate": "66.7%"},
        "totalHits": 6,
        "totalMisses": 1,
        "overallHitRate": "85.7%",
    }


def test_a_cleared_cache_is_empty(client: FlowClient, token: str) -> None:
    client.run(token)
    assert client.admin("DELETE", "/flow/cache").body["message"] == "缓存已清空"

    assert client.figure("/flow/cache/stats")["hotCache"]["size"] == 0


def test_the_tiers_of_the_limits_are_told_apart(client: FlowClient) -> None:
    text = client.new_token(rate_limit_burst=2)["access_token"]
    for _ in range(4):
        client.run(text)

    data = client.figure("/flow/rate-limit/stats")

    assert list(data) == ["hot_tier", "warm_tier", "cold_tier", "hit_rate", "write_pool"]
    assert data["hot_tier"] == {"size": 2, "max_size": 10_000, "utilization_percent": 0.02}
    assert data["warm_tier"] == {"enabled": True, "size": 2, "ttl": 3600}
    assert data["cold_tier"] == {
        "enabled": True,
        "batch_buffer_size": 1,
        "batch_size": 100,
        "table_name": "token_rate_limit_history",
    }
    rate = data["hit_rate"]
    assert rate["misses"] >= 2
    assert rate["cold_hits"] == 0
    assert rate["hot_hits"] + rate["warm_hits"] + rate["misses"] == 10
    assert data["write_pool"] == client_shape(data["write_pool"])


def client_shape(pool: dict[str, int]) -> dict[str, int]:
    assert list(pool) == [
        "workers", "queue_size", "queue_used", "queue_available", "total_submitted",
        "total_processed", "total_success", "total_failed", "total_timeout", "submit_blocked",
    ]  # fmt: skip
    assert pool["queue_used"] + pool["queue_available"] == pool["queue_size"]
    return pool


def test_the_write_pool_counts_what_it_wrote(client: FlowClient, token: str) -> None:
    for _ in range(5):
        client.run(token)

    pool = client_shape(client.figure("/flow/cache-write-pool/stats"))

    assert pool["total_submitted"] >= 5
    assert pool["total_processed"] == pool["total_success"] + pool["total_failed"]
    assert (pool["total_failed"], pool["submit_blocked"]) == (0, 0)


def test_figures_that_cannot_be_written_wait_and_harm_no_execution(
    client: FlowClient, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.run(token)
    with monkeypatch.context() as patch:
        patch.setattr("shared.flow.execution.add_step", _unreachable)
        assert client.run(token).status == 200

    client.run(token)

    assert client.figure("/flow/status")["totalExecutions"] == 3
    assert client.figure("/flow/cache-write-pool/stats")["total_failed"] == 1


def _unreachable(*_: Any) -> None:
    raise ConnectionError("the table is away")


def test_health_asks_its_tables_and_its_engine(client: FlowClient, token: str) -> None:
    client.run(token)
    answer = client.admin("GET", "/flow/health")

    body = answer.body
    assert (answer.status, body["status"], body["service"]) == (200, "healthy", "RoleCraft")
    assert set(body["database"]) == {"status", "ping"}
    assert body["database"]["status"] == body["redis"]["status"] == "connected"
    assert float(body["database"]["ping"].removesuffix("ms")) > 0
    assert body["runtime"] == {
        "poolSize": ENGINE.pool_size,
        "maxConcurrent": ENGINE.max_concurrent,
        "currentExecutions": 0,
        "totalExecutions": 1,
        "successRate": "100.0%",
    }
    assert set(body["memory"]) == {"alloc", "totalAlloc", "sys", "numGC"}
    assert body["warmup"] == {
        "status": "completed",
        "modules": ["axios", "lodash"],
        "totalModules": 2,
        "successCount": 2,
        "elapsed": "123.40ms",
        "elapsedMs": 123.4,
        "timestamp": "2026-02-27 18:00:00",
    }
    assert {"version", "timestamp", "request_id"} < set(body)


def test_health_without_tables_and_engine_says_so_and_invents_nothing(
    client: FlowClient, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor.dies()
    client.admin("GET", "/flow/limits")
    monkeypatch.setenv("LIMITS_TABLE", "no-such-table")
    monkeypatch.setenv("FLOW_TABLE", "no-such-table")

    body = client.admin("GET", "/flow/health").body

    assert body["status"] == "unhealthy"
    assert body["database"] == {"status": "disconnected", "ping": None}
    assert set(body["runtime"].values()) == {None}
    assert body["warmup"]["status"] == "failed"


def test_limits_are_those_that_are_enforced(client: FlowClient) -> None:
    data = client.figure("/flow/limits")

    assert data["execution"] == {
        "maxCodeLength": 65_535,
        "maxCodeLengthStr": "64.00 KB",
        "maxInputSize": 2_097_152,
        "maxInputSizeStr": "2.00 MB",
        "maxResultSize": 5_242_880,
        "maxResultSizeStr": "5.00 MB",
        "timeout": 25,
        "timeoutStr": "25s",
        "allowConsole": False,
    }
    assert data["circuitBreaker"] == {
        "enabled": True,
        "minRequests": 100,
        "failureRatio": 0.9,
        "timeout": 10,
        "timeoutStr": "10s",
        "maxRequests": 100,
    }
    assert data["rateLimit"] == {
        "preAuthIP": {"rate": 50, "burst": 100},
        "postAuthIP": {"rate": 200, "burst": 400},
        "globalIP": {"rate": 50, "burst": 100},
    }
    assert set(data["concurrency"]) == {
        "maxConcurrent", "poolSize", "minPoolSize", "maxPoolSize", "idleTimeout", "idleTimeoutStr",
    }  # fmt: skip
    assert {"cache", "database", "redis"} < set(data)


def test_limits_name_no_secret_and_no_address(client: FlowClient) -> None:
    text = client.admin("GET", "/flow/limits").text.lower()

    for word in ("arn:", "amazonaws", "127.0.0.1", "secret", "rolecraft-test", "localhost"):
        assert word not in text
