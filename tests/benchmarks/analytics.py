"""Usage read at 10, 1,000 and 100,000 ledger lines: calls of AWS and time of a read.

Two comparisons, of a caller with four dimensions. In ten days all are in use with ten lines
already, one on each: what is compared is the lines alone. In the default 30 days ten lines are on
ten of them, so that there are fewer counters to read as well. 100,000 lines are in every quarter
of an hour. The reads of all cases take turns; shown are the median and the quartiles.

Within the process the store is a sorted list below botocore, so that its time is not counted, and
requests and answers are made and read as ever. With `--client` a whole system is started, and what
is measured is a client's GET over gateway and emulator, beside the same query put to the emulator
alone, and the rest. There the counters are put into the table and the lines are not: for each query
the emulator goes through a whole partition and whole items, where DynamoDB finds a range by its
key. That lines and counters agree is proved with real settles:
tests/benchmarks/ledger.py and tests/integration/analytics/test_any_zone.py.

python -m tests.benchmarks.analytics [--client]
"""

import asyncio
import json
import os
import random
import statistics
import sys
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date
from io import BytesIO
from itertools import product
from typing import Any

import httpx
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from functions.analytics.periods import Range
from functions.analytics.usage import read_usage
from shared.data.ledger_days import find_days
from shared.data.quarters import quarter_of, sums_with
from shared.data.table import connection
from tests.benchmarks.harness import show
from tests.benchmarks.system import Account, signed_up, system
from tests.support.analytics import put_items

SIZES = (10, 1_000, 100_000)
RANGES = ((10, date(2026, 11, 11)), (30, date(2026, 10, 22)))
LAST = date(2026, 11, 20)
ZONES = ("Asia/Shanghai", "UTC", "America/New_York", "Asia/Kolkata")
DIMENSIONS = ("total", "model#builtin", "feature#chat", "role#role_1")
FIGURES = {"r": 1, "t": 30, "c": 1_000}
ROUNDS = 31
WARM = 3
PAGE_BYTES = 1 << 20

Items = dict[str, dict[str, Any]]


class _Body(BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.getvalue()


class SortedStore:
    """One partition of a table, which answers queries for a range of its sort keys.

    An answer is made once, so that a read that asks again is not delayed by it.
    """

    def __init__(self, items: Items) -> None:
        self._keys = sorted(items)
        self._items = items
        self._pages: dict[bytes, bytes] = {}
        self.calls = 0

    def answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        self.calls += 1
        asked = bytes(request.body)
        if asked not in self._pages:
            self._pages[asked] = self._page(json.loads(asked))
        headers = {"content-type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 200, headers, _Body(self._pages[asked]))

    def _page(self, asked: dict[str, Any]) -> bytes:
        low, high = sorted(
            value["S"]
            for value in asked["ExpressionAttributeValues"].values()
            if not value["S"].startswith("USER#")
        )
        begun = asked.get("ExclusiveStartKey", {}).get("sk", {}).get("S")
        first = bisect_right(self._keys, begun) if begun else bisect_left(self._keys, low)
        wanted = set(asked["ExpressionAttributeNames"].values())
        found: list[dict[str, Any]] = []
        size, end = 0, bisect_right(self._keys, high)
        for key in self._keys[first:end]:
            if size >= PAGE_BYTES:
                break
            item = {"pk": {"S": "USER#u"}, "sk": {"S": key}, **self._items[key]}
            found.append({name: item[name] for name in item if name in wanted})
            size += _size(item)
        page: dict[str, Any] = {"Items": found, "Count": len(found), "ScannedCount": len(found)}
        if first + len(found) < end:
            last = self._keys[first + len(found) - 1]
            page["LastEvaluatedKey"] = {"pk": {"S": "USER#u"}, "sk": {"S": last}}
        return json.dumps(page).encode()


def _size(item: Mapping[str, Mapping[str, str]]) -> int:
    """Bytes of an item: its names and texts, and two digits of a number a byte and one more."""
    values = (value.get("S") or "n" * (len(value["N"]) // 2 + 2) for value in item.values())
    return sum(map(len, item)) + sum(map(len, values))


def counters(count: int, wanted: Range) -> Items:
    """What so many lines, spread evenly over the range, are counted in."""
    start = wanted.start.astimezone(UTC)
    step = (wanted.end.astimezone(UTC) - start) / count
    moments = (start + step * (number + 0.5) for number in range(count))
    lines = Counter((f"{moment:%Y-%m-%d}", quarter_of(moment)) for moment in moments)
    days: dict[str, Counter[str]] = {}
    for (day, quarter), calls in lines.items():
        for end, (kind, each) in product(sums_with(quarter), FIGURES.items()):
            days.setdefault(day, Counter())[f"{kind}{end}"] += each * calls
    return {
        f"DAY#{day}#{dimension}": {name: {"N": str(number)} for name, number in sums.items()}
        for (day, sums), dimension in product(days.items(), DIMENSIONS)
    }


def lines_of(count: int) -> Items:
    """The lines that lie beside the counters; no read of usage touches them."""
    return {f"LINE#{number:026d}#00": {"cost_micro": {"N": "1000"}} for number in range(count)}


@dataclass
class Case:
    """A range and so many lines; `read` gives how many requests are counted."""

    days: int
    zone: str
    count: int
    read: Callable[[], int]
    calls: Callable[[], int] | None = None
    query: Callable[[], object] | None = None
    cpu_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)
    query_ms: list[float] = field(default_factory=list)

    def measure(self) -> None:
        if self.query:
            begun = time.perf_counter()
            self.query()
            self.query_ms.append((time.perf_counter() - begun) * 1000)
        cpu, wall = time.process_time(), time.perf_counter()
        found = self.read()
        self.cpu_ms.append((time.process_time() - cpu) * 1000)
        self.wall_ms.append((time.perf_counter() - wall) * 1000)
        if found != self.count:
            sys.exit(f"{found} requests are counted of {self.count}")


def take_turns(cases: list[Case]) -> None:
    for _ in range(ROUNDS + WARM):
        for case in random.sample(cases, len(cases)):
            case.measure()


def report(cases: list[Case], times_of: Callable[[Case], list[float]], name: str) -> None:
    """Each case, and how its median is to the one of ten lines of the same range and zone."""
    medians: dict[tuple[int, str], float] = {}
    for case in sorted(cases, key=lambda each: (each.days, ZONES.index(each.zone), each.count)):
        times = times_of(case)[WARM:]
        lower, median, upper = statistics.quantiles(times, n=4)
        least = medians.setdefault((case.days, case.zone), median)
        more: dict[str, float] = {}
        if case.calls:
            more["aws_calls"] = case.calls() // (ROUNDS + WARM)
        if case.query:
            more["query_ms"] = round(statistics.median(case.query_ms[WARM:]), 2)
            rest = [whole - query for whole, query in zip(times, case.query_ms[WARM:], strict=True)]
            more["rest_ms"] = round(statistics.median(rest), 2)
        show(
            {
                "case": f"{case.count:,} lines",
                "days": case.days,
                **more,
                name: round(median, 2),
                "quartiles": f"{lower:.2f}-{upper:.2f}",
                "to_10_lines": round(median / least, 2),
                "zone": case.zone,
            }
        )


def within_the_process() -> None:
    os.environ.update(
        AWS_ACCESS_KEY_ID="none",
        AWS_SECRET_ACCESS_KEY="none",
        AWS_DEFAULT_REGION="us-east-1",
        LEDGER_TABLE="ledger",
    )
    cases = [_stored(*each) for each in product(RANGES, ZONES, SIZES)]
    take_turns(cases)
    report(cases, lambda case: case.cpu_ms, "cpu_ms")


def _stored(days: tuple[int, date], zone: str, count: int) -> Case:
    wanted = Range(days[1], LAST, zone)
    store = SortedStore({**counters(count, wanted), **lines_of(count)})
    events = connection().client.meta.events

    def read() -> int:
        events.register("before-send.dynamodb.Query", store.answer, unique_id="store")
        try:
            return read_usage("u", wanted, "day").total.requests
        finally:
            events.unregister("before-send.dynamodb.Query", unique_id="store")

    return Case(days[0], zone, count, read, lambda: store.calls)


def as_a_client() -> None:
    with system() as running:

        async def users() -> list[Account]:
            async with running.client() as client:
                return [await signed_up(client) for _ in product(RANGES, SIZES)]

        people = asyncio.run(users())
        with httpx.Client(base_url=f"{running.url}/api/v1", timeout=60, trust_env=False) as client:
            cases = [
                _asked(client, person, *each)
                for person, each in zip(people, product(RANGES, SIZES), strict=True)
            ]
            take_turns(cases)
    report(cases, lambda case: case.wall_ms, "client_ms")


def _asked(client: httpx.Client, person: Account, days: tuple[int, date], count: int) -> Case:
    wanted = Range(days[1], LAST, ZONES[0])
    put_items(
        {
            "pk": f"USER#{person.id}",
            "sk": key,
            **{name: int(value["N"]) for name, value in item.items()},
        }
        for key, item in counters(count, wanted).items()
    )
    dates = {"start_date": str(wanted.first), "end_date": str(wanted.last)}

    def read() -> int:
        answer = client.get("/analytics/usage", params=dates, headers=person.headers)
        return int(answer.raise_for_status().json()["data"]["total_requests"])

    def query() -> object:
        return list(find_days(person.id, wanted.start, wanted.end))

    return Case(days[0], ZONES[0], count, read, query=query)


if __name__ == "__main__":
    as_a_client() if "--client" in sys.argv else within_the_process()
