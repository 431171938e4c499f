"""Usage of 30 days at 10, 1,000 and 100,000 ledger lines: calls of AWS and time of a read.

The lines are spread evenly, so 100,000 of them fill every quarter of an hour there is. A zone whose
midnight cuts the parts of a UTC day is sent some of its quarters too, as far as they are in use.

The emulator goes through a whole table for each query, where DynamoDB finds a range by its key.
So the store is a sorted list here, below botocore: requests and answers are made and read as ever.
That lines and counters agree is proved with real settles: tests/benchmarks/ledger.py.

python -m tests.benchmarks.analytics
"""

import json
import os
import statistics
import sys
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import product
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from functions.analytics.periods import Range
from functions.analytics.usage import read_usage
from shared.core import ids
from shared.data.quarters import quarter_of, sums_with
from shared.data.table import connection
from tests.benchmarks.harness import show

SIZES = (10, 1_000, 100_000)
READS = 21
FIRST, LAST = date(2026, 10, 22), date(2026, 11, 20)
ZONES = ("Asia/Shanghai", "UTC", "America/New_York")
DIMENSIONS = ("total", "model#builtin", "feature#chat", "role#role_1")
PAGE_BYTES = 1 << 20


class _Body(BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.getvalue()


class SortedStore:
    """One partition of a table, which answers queries for a range of its sort keys.

    What it takes for that itself is in `seconds`, of the processor.
    """

    def __init__(self, items: dict[str, dict[str, Any]]) -> None:
        self._keys = sorted(items)
        self._items = items
        self._sizes = {key: _size(item) for key, item in items.items()}
        self.calls = 0
        self.seconds = 0.0

    def answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        self.calls += 1
        begun_at = time.process_time()
        asked = json.loads(request.body)
        low, high = sorted(
            value["S"]
            for value in asked["ExpressionAttributeValues"].values()
            if not value["S"].startswith("USER#")
        )
        begun = asked.get("ExclusiveStartKey", {}).get("sk", {}).get("S")
        first = bisect_right(self._keys, begun) if begun else bisect_left(self._keys, low)
        body = self._page(first, bisect_right(self._keys, high), _projection(asked))
        headers = {"content-type": "application/x-amz-json-1.0"}
        self.seconds += time.process_time() - begun_at
        return AWSResponse(request.url, 200, headers, _Body(body))

    def _page(self, first: int, end: int, wanted: set[str]) -> bytes:
        found: list[dict[str, Any]] = []
        size = 0
        for key in self._keys[first:end]:
            if size >= PAGE_BYTES:
                break
            item = self._items[key]
            found.append({name: item[name] for name in item if not wanted or name in wanted})
            size += self._sizes[key]
        page: dict[str, Any] = {"Items": found, "Count": len(found), "ScannedCount": len(found)}
        if first + len(found) < end:
            page["LastEvaluatedKey"] = {name: found[-1][name] for name in ("pk", "sk")}
        return json.dumps(page).encode()


def _projection(asked: dict[str, Any]) -> set[str]:
    names = asked.get("ExpressionAttributeNames", {})
    return {
        names[each.strip()] for each in asked.get("ProjectionExpression", "").split(",") if each
    }


def _size(item: dict[str, Any]) -> int:
    """Bytes of an item: its names and texts, and two digits of a number a byte and one more."""
    values = (value.get("S") or "n" * (len(value["N"]) // 2 + 2) for value in item.values())
    return sum(map(len, item)) + sum(map(len, values))


def filled(count: int, start: datetime) -> SortedStore:
    """Lines spread over 30 days, and the counters of their settles."""
    items: dict[str, dict[str, Any]] = {}
    days: dict[str, Counter[str]] = {}
    step = timedelta(days=30) / count
    for number in range(count):
        moment = start + step * number
        ends = sums_with(quarter_of(moment))
        for dimension in DIMENSIONS:
            figures = days.setdefault(f"DAY#{moment:%Y-%m-%d}#{dimension}", Counter())
            for end in ends:
                figures.update({f"r{end}": 1, f"t{end}": 30, f"c{end}": 1_000})
        line = f"LINE#{ids.first_of(moment)[:10]}{ids.new_ulid()[10:]}#00"
        items[line] = {"pk": {"S": "USER#u"}, "sk": {"S": line}, "cost_micro": {"N": "1000"}}
    for key, figures in days.items():
        numbers = {name: {"N": str(number)} for name, number in figures.items()}
        items[key] = {"pk": {"S": "USER#u"}, "sk": {"S": key}, **numbers}
    return SortedStore(items)


def measure(store: SortedStore, count: int, zone: str) -> tuple[int, float]:
    """AWS calls of a read, and the median time of the processor in milliseconds."""
    times = []
    wanted = Range(FIRST, LAST, zone)
    for _ in range(READS):
        begun = time.process_time() - store.seconds
        usage = read_usage("u", wanted, "day")
        times.append(time.process_time() - store.seconds - begun)
        if usage.total.requests != count:
            sys.exit(f"{usage.total.requests} requests are counted of {count}")
    return store.calls // READS, statistics.median(times) * 1000


def run() -> None:
    os.environ.update(
        AWS_ACCESS_KEY_ID="none",
        AWS_SECRET_ACCESS_KEY="none",
        AWS_DEFAULT_REGION="us-east-1",
        LEDGER_TABLE="ledger",
    )
    events = connection().client.meta.events
    for zone, count in product(ZONES, SIZES):
        store = filled(count, Range(FIRST, LAST, zone).start.astimezone(UTC))
        events.register("before-send.dynamodb.Query", store.answer, unique_id="store")
        calls, median = measure(store, count, zone)
        events.unregister("before-send.dynamodb.Query", unique_id="store")
        lines = f"{count:,} lines"
        show({"case": lines, "aws_calls": calls, "cpu_ms": round(median, 1), "zone": zone})


if __name__ == "__main__":
    run()
