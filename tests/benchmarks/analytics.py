"""Usage of 30 days at 10, 1,000 and 100,000 ledger lines, on the emulator.

python -m tests.benchmarks.analytics
"""

import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from functions.analytics.periods import Range
from functions.analytics.usage import read_usage
from shared.core import ids
from shared.data.quarters import quarter_of
from tests.benchmarks.harness import show
from tests.benchmarks.ledger import ledger_table
from tests.support.analytics import put_items
from tests.support.aws import counted_calls
from tests.support.ledger import counters, sums_of_lines

SIZES = (10, 1_000, 100_000)
READS = 21
END = datetime(2026, 11, 20, tzinfo=UTC)
WANTED = Range(date(2026, 10, 22), date(2026, 11, 20), "UTC")
# What a full day has in its counters is there from few calls on, so each size has all of it.
DIMENSIONS = ("total", "model#builtin", "feature#chat", "role#role_1")


def fill(user_id: str, count: int) -> None:
    """Lines over 30 days, evenly, with the counters that their settles would have left."""
    days: dict[tuple[str, str], Counter[str]] = {}

    def lines() -> Iterator[dict[str, Any]]:
        for number in range(count):
            moment = END - timedelta(seconds=number * (29 * 86_400 // count))
            for dimension in DIMENSIONS:
                figures = days.setdefault((f"{moment:%Y-%m-%d}", dimension), Counter())
                quarter = quarter_of(moment)
                figures.update({f"n{quarter}": 1, f"t{quarter}": 30, f"c{quarter}": 1_000})
            ulid = f"{ids.first_of(moment)[:10]}{ids.new_ulid()[10:]}"
            yield {
                "pk": f"USER#{user_id}", "sk": f"LINE#{ulid}#00", "call_id": f"call_{ulid}",
                "user_id": user_id, "feature": "chat", "provider": "builtin",
                "model": "builtin", "role_id": "role_1", "prompt_tokens": 20,
                "completion_tokens": 10, "cached_tokens": 0, "cost_micro": 1_000,
            }  # fmt: skip

    put_items(list(lines()))
    put_items(
        [
            {"pk": f"USER#{user_id}", "sk": f"DAY#{day}#{dimension}", **figures}
            for (day, dimension), figures in days.items()
        ]
    )


def measure(user_id: str, count: int) -> tuple[int, float]:
    """AWS calls of a read, and the median time in milliseconds."""
    times = []
    with pytest.MonkeyPatch.context() as patch, counted_calls(patch) as calls:
        for _ in range(READS):
            begun = time.perf_counter()
            usage = read_usage(user_id, WANTED, "day")
            times.append(time.perf_counter() - begun)
            if usage.total.requests != count:
                sys.exit(f"{usage.total.requests} requests are counted of {count}")
    return calls.total() // READS, statistics.median(times) * 1000


def run() -> None:
    with ledger_table():
        for count in SIZES:
            user_id = ids.new_id("user")
            fill(user_id, count)
            calls, median = measure(user_id, count)
            exact = counters(user_id) == sums_of_lines(user_id)
            show(
                {
                    "case": f"{count:,} lines",
                    "aws_calls": calls,
                    "median_ms": round(median, 1),
                    "lines_equal_counters": exact,
                }
            )


if __name__ == "__main__":
    run()
