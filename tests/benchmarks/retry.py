"""Retry: what a call that succeeds at once pays, against tenacity and stamina in the same run.

python -m tests.benchmarks.retry [--json]

Async calls: ours has its 30 s limit per attempt, the libraries have none; a second row gives
tenacity the same limit. Sync calls: without a limit all three, and with one ours and tenacity over
a thread pool, which is the usual way. `direct` is the call without a wrapper. Rounds are
interleaved, figures are medians.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import stamina
import tenacity

from shared.ai.retry import with_retry

ROUNDS = 9
CALLS = 2000
LIMIT = 30.0
SMALLER = 1.0


async def answer() -> int:
    return 1


def answer_now() -> int:
    return 1


_stopping = {
    "stop": tenacity.stop_after_attempt(2),
    "wait": tenacity.wait_exponential_jitter(),
    "reraise": True,
}


@tenacity.retry(**_stopping)
async def _tenacity_limited() -> int:
    async with asyncio.timeout(LIMIT):
        return await answer()


_threads = ThreadPoolExecutor(2)


@tenacity.retry(**_stopping)
def _tenacity_limited_now() -> int:
    return _threads.submit(answer_now).result(LIMIT)


ASYNC: dict[str, Callable[[], Awaitable[int]]] = {
    "direct": answer,
    "ours, 30 s limit": with_retry(answer, operation_name="bench"),
    "ours": with_retry(answer, operation_name="bench", timeout=None),
    "tenacity": tenacity.retry(**_stopping)(answer),
    "tenacity, 30 s limit": _tenacity_limited,
    "stamina": stamina.retry(on=Exception, attempts=2)(answer),
}
SYNC: dict[str, Callable[[], int]] = {
    "direct": answer_now,
    "ours, 30 s limit": with_retry(answer_now, operation_name="bench"),
    "ours": with_retry(answer_now, operation_name="bench", timeout=None),
    "tenacity": tenacity.retry(**_stopping)(answer_now),
    "tenacity, 30 s limit": _tenacity_limited_now,
    "stamina": stamina.retry(on=Exception, attempts=2)(answer_now),
}


async def timed(call: Callable[[], Awaitable[int]]) -> float:
    begun = time.perf_counter()
    for _ in range(CALLS):
        await call()
    return (time.perf_counter() - begun) / CALLS * 1e6


def timed_now(call: Callable[[], int]) -> float:
    begun = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - begun) / CALLS * 1e6


async def measure_async() -> dict[str, float]:
    rounds = [{name: await timed(call) for name, call in ASYNC.items()} for _ in range(ROUNDS)]
    return _medians(rounds)


def measure_sync() -> dict[str, float]:
    return _medians([{name: timed_now(call) for name, call in SYNC.items()} for _ in range(ROUNDS)])


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(row[name] for row in rounds) for name in rounds[0]}


def report(case: str, figures: dict[str, float], *pairs: tuple[str, str]) -> None:
    ratios = {f"{a} / {b}": round(figures[a] / figures[b], 2) for a, b in pairs}
    rounded: dict[str, Any] = {name: round(value, 2) for name, value in figures.items()}
    if "--json" in sys.argv:
        shown = json.dumps({"case": case, "us": rounded, "ratios": ratios})
    else:
        figures_shown = ", ".join(f"{name} {value} us" for name, value in rounded.items())
        shown = f"{case}: {figures_shown}; {ratios}"
    sys.stdout.write(f"{shown}\n")
    assert max(ratios.values()) < SMALLER, ratios


def main() -> None:
    limited, plain = "ours, 30 s limit", "ours"
    report(
        "retry, async success",
        asyncio.run(measure_async()),
        (limited, "tenacity"),
        (limited, "tenacity, 30 s limit"),
        (limited, "stamina"),
    )
    report(
        "retry, sync success",
        measure_sync(),
        (plain, "tenacity"),
        (plain, "stamina"),
        (limited, "tenacity, 30 s limit"),
    )


if __name__ == "__main__":
    main()
