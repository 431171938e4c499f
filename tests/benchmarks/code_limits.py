"""The limits of code blocks: exact with 200 callers at once, decisions a second, writes a call.

python -m tests.benchmarks.code_limits [--json]

The store is the emulator's DynamoDB over HTTP; the peer of a decision is one bare UpdateItem.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
import botocore.endpoint

from infra.local.emulator.process import CREDENTIALS, emulator
from infra.local.emulator_venv import ensure_emulator_venv
from infra.local.ports import free_port
from shared.core import ids
from shared.data.limits import DynamoBuckets
from shared.flow.limits import AFTER_AUTHENTICATION, TokenLimit
from shared.http.rate_limit import Limiter
from tests.benchmarks.harness import show

CALLERS, CALLS = 200, 1_000
COPIES = 8
TABLE = "rolecraft-bench-limits"


@contextmanager
def limits_table() -> Iterator[None]:
    """An emulator of this run alone, with the limits table."""
    root, port = Path(__file__).parents[2], free_port()
    with TemporaryDirectory() as state:
        child = emulator(root, ensure_emulator_venv(root), Path(state), port)
        child.start()
        address = f"http://127.0.0.1:{port}"
        os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL=address, LIMITS_TABLE=TABLE)
        keys = ("pk", "HASH"), ("sk", "RANGE")
        boto3.client("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in keys],
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        )
        try:
            yield
        finally:
            child.stop()


@contextmanager
def counted_writes() -> Iterator[Counter[str]]:
    """Counts the calls to the store within the block."""
    writes: Counter[str] = Counter()
    real = botocore.endpoint.Endpoint.make_request

    def counting(self: botocore.endpoint.Endpoint, operation: object, request: object) -> object:
        writes["all"] += 1
        return real(self, operation, request)

    botocore.endpoint.Endpoint.make_request = counting  # type: ignore[assignment,method-assign]
    try:
        yield writes
    finally:
        botocore.endpoint.Endpoint.make_request = real  # type: ignore[method-assign]


def of_token(limit: TokenLimit) -> Limiter:
    rate = limit.per_minute / limit.window_seconds
    return Limiter("flow-token", rate, limit.burst, DynamoBuckets())


def of_address() -> Limiter:
    limit = AFTER_AUTHENTICATION
    return Limiter(limit.name, limit.rate, limit.burst, DynamoBuckets(), lease=20, exact=True)


def at_once(decide: Callable[[int], bool], calls: int) -> tuple[int, float]:
    """How many of the calls passed, and how long all of them took."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(CALLERS) as pool:
        passed = sum(pool.map(decide, range(calls)))
    return passed, time.perf_counter() - begun


def exactness(name: str, make: Callable[[], Limiter], rate: float, burst: int) -> None:
    """All callers at once, spread over copies that know nothing of each other."""
    copies, key = [make() for _ in range(COPIES)], ids.new_ulid()
    with counted_writes() as writes:
        passed, seconds = at_once(lambda n: copies[n % COPIES].check(key).allowed, CALLS)
    most = burst + int(seconds * rate)
    if passed > most:
        sys.exit(f"{name}: {passed} passed, at most {most}")
    show(
        {
            "case": name,
            "calls": CALLS,
            "passed": passed,
            "burst and refill": most,
            "decisions/s": round(CALLS / seconds),
            "writes": writes["all"],
        }
    )


def bare(_: int) -> bool:
    """The peer: one write without any condition."""
    DynamoBuckets().restart(ids.new_ulid(), 0, 1)
    return True


def cost(name: str, copy: Limiter, calls: int, pause_s: float = 0.0) -> None:
    """Writes of each allowed and each refused call, one after another."""
    key = ids.new_ulid()
    writes = {True: 0, False: 0}
    counts = {True: 0, False: 0}
    begun = time.perf_counter()
    for _ in range(calls):
        with counted_writes() as written:
            allowed = copy.check(key).allowed
        writes[allowed] += written["all"]
        counts[allowed] += 1
        time.sleep(pause_s)
    figures: dict[str, object] = {"case": name}
    for allowed, word in ((True, "allowed"), (False, "refused")):
        figures[word] = counts[allowed]
        each = writes[allowed] / counts[allowed] if counts[allowed] else 0.0
        figures[f"writes each {word}"] = round(each, 3)
    show({**figures, "us/call": round((time.perf_counter() - begun) / calls * 1e6)})


def main() -> None:
    with limits_table():
        at_once(bare, CALLERS)
        _, seconds = at_once(bare, CALLS)
        show({"case": "bare UpdateItem", "calls": CALLS, "writes/s": round(CALLS / seconds)})
        default = TokenLimit()
        generous = TokenLimit(per_minute=6000, burst=400)
        exactness("token 60/min", lambda: of_token(default), 1, default.burst)
        exactness("token 6000/min", lambda: of_token(generous), 100, generous.burst)
        exactness("address 200/s", of_address, 200, AFTER_AUTHENTICATION.burst)
        cost("token, 1 of 6 s", of_token(TokenLimit(600, 10, 60)), 300, 0.01)
        cost("token, flooded", of_token(default), 5_000)
        cost("address at its rate", of_address(), 1_000, 0.005)
        cost("address, flooded", of_address(), 20_000)


if __name__ == "__main__":
    main()
