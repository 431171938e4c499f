"""The ledger on the emulator: 200 turns at once, exact; its time beside two bare writes a turn.

python -m tests.benchmarks.ledger
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import boto3

from infra.local.emulator.process import CREDENTIALS, emulator
from infra.local.emulator_venv import ensure_emulator_venv
from infra.local.ports import free_port
from shared.core import ids
from shared.core.errors import RateLimited
from shared.data.table import Item, TableMeta, TableOf
from shared.ledger import ledger
from tests.support.ledger import counters, line, month, stored_lines, sums_of_lines

TURNS = 200
THREADS = 50
TABLE = "rolecraft-bench-ledger"


class _Plain(Item):
    class Meta(TableMeta):
        table_name = TableOf("LEDGER_TABLE")


@contextmanager
def ledger_table() -> Iterator[None]:
    """An emulator of this run alone, with the ledger's table."""
    root = Path(__file__).parents[2]
    port = free_port()
    with tempfile.TemporaryDirectory() as state:
        child = emulator(root, ensure_emulator_venv(root), Path(state), port)
        child.start()
        os.environ.update(
            CREDENTIALS, AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}", LEDGER_TABLE=TABLE
        )
        keys = ("pk", "sk", "gsi1pk", "gsi1sk")
        boto3.client("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=_key("pk", "sk"),
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "gsi1",
                    "KeySchema": _key("gsi1pk", "gsi1sk"),
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        try:
            yield
        finally:
            child.stop()


def _key(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def two_bare_writes(user_id: str) -> None:
    """The peer: what a turn would cost with no ledger at all."""
    for part in ("question", "answer"):
        _Plain(f"USER#{user_id}", f"{part}#{ids.new_ulid()}").save()


def turn(user_id: str) -> None:
    held = ledger.reserve_now(user_id=user_id, amount_micro=5_000)
    ledger.settle_now(held, [line(role_id="role_1", role_name="律师")])


def passes(user_id: str) -> bool:
    try:
        ledger.reserve_now(user_id=user_id, amount_micro=7)
    except RateLimited:
        return False
    return True


def measure(call: Callable[[str], object], users: list[str]) -> tuple[float, float]:
    """Turns a second, and the median turn in milliseconds."""

    def timed(number: int) -> float:
        begun = time.perf_counter()
        call(users[number % len(users)])
        return time.perf_counter() - begun

    call(users[0])
    begun = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        each = list(pool.map(timed, range(TURNS)))
    return TURNS / (time.perf_counter() - begun), statistics.median(each) * 1000


def prove_exactness(user_id: str) -> None:
    """The budget covers 100 of 200 calls at once; the lines add up to the counters."""
    limited = ids.new_id("user")
    ledger.set_budget(limited, 100 * 7, "block")
    with ThreadPoolExecutor(THREADS) as pool:
        passed = sum(pool.map(passes, [limited] * TURNS))
    lines = stored_lines(user_id)
    exact = counters(user_id) == sums_of_lines(user_id)
    spent = int(month(user_id)["spent"])
    say(f"200 reserves at a budget for 100: {passed} passed, {month(limited)['available']} left")
    say(f"{len(lines)} lines, spent {spent}, sums equal the counters: {exact}")
    if passed != 100 or not exact or spent != 1_000 * len(lines):
        sys.exit("the ledger is not exact")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def run() -> None:
    with ledger_table():
        one = [ids.new_id("user")]
        many = [ids.new_id("user") for _ in range(TURNS)]
        for user in many:
            ledger.release_now(ledger.reserve_now(user_id=user, amount_micro=1))
        bare, bare_ms = measure(two_bare_writes, many)
        say(f"{TURNS} turns on {THREADS} threads, emulator on this machine")
        say(f"{'':24} turns/s  median ms  against bare writes")
        say(f"{'two bare writes':24} {bare:7.0f} {bare_ms:10.1f}  1.0x")
        for name, users in (("ledger, 200 callers", many), ("ledger, one caller", one)):
            rate, median = measure(turn, users)
            say(f"{name:24} {rate:7.0f} {median:10.1f}  {bare / rate:.1f}x")
        prove_exactness(one[0])


if __name__ == "__main__":
    run()
