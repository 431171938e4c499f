"""Workspaces on the emulator: planned moments under faults, and schedules made and moved.

python -m tests.benchmarks.workspaces [moments] [--schedules-only]
"""

import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import boto3

from infra.local.emulator.process import CREDENTIALS, emulator
from infra.local.emulator_venv import ensure_emulator_venv
from infra.local.ports import free_port
from shared.aws.scheduler import Schedule
from shared.core import clock, ids
from shared.core.observability import get_logger
from shared.data.companies import Company, find_company, store_company
from shared.data.outbox import find_overdue
from shared.data.outcomes import find_cards
from shared.data.transaction import Transaction
from shared.data.workspace_runs import find_runs
from shared.data.workspaces import Workspace, find_workspace, store_workspace
from shared.messaging import dispatch
from shared.workspaces import running
from shared.workspaces.attempts import Attempt
from shared.workspaces.changes import put_workspace, trigger_of
from shared.workspaces.planning import plan_due
from shared.workspaces.report import write_report
from shared.workspaces.running import run_attempt
from shared.workspaces.schedules import reconcile, schedule_group, sync_schedule
from shared.workspaces.sweep import plan_overdue_workspaces, revive_neglected_runs
from shared.workspaces.triggers import TriggerType

MOMENTS, WORKSPACES, SCHEDULES, THREADS = 10_000, 40, 1_000, 8
CONTEXTS = ("workspaces", "ledger", "documents", "roles", "limits", "chat")
START = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
# How each moment's firing comes, of a hundred.
FAULTS = {"on time": 72, "twice": 10, "lost": 6, "lost, then late": 6, "runner killed": 6}
HOURS = 25
OUTAGE = range(10, 16)  # hours in which nothing works


class Killed(BaseException):
    """The runner's process ends here."""


@contextmanager
def a_system() -> Iterator[None]:
    """An emulator of this run alone, with tables, queue and schedule group."""
    root = Path(__file__).parents[2]
    port = free_port()
    with tempfile.TemporaryDirectory() as state:
        child = emulator(root, ensure_emulator_venv(root), Path(state), port)
        child.start()
        os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")
        _prepare()
        try:
            yield
        finally:
            child.stop()


def empty_tables() -> None:
    """The emulator looks at all items of a table for a query of its index."""
    database = boto3.client("dynamodb")
    for context in CONTEXTS:
        name = os.environ[f"{context.upper()}_TABLE"] = f"bench-{context}"
        with suppress(database.exceptions.ResourceNotFoundException):
            database.delete_table(TableName=name)
        keys = ("pk", "sk", "gsi1pk", "gsi1sk")
        index = {"IndexName": "gsi1", "KeySchema": _key("gsi1pk", "gsi1sk")}
        database.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=_key("pk", "sk"),
            GlobalSecondaryIndexes=[{**index, "Projection": {"ProjectionType": "ALL"}}],
        )


def _prepare() -> None:
    empty_tables()
    boto3.client("scheduler").create_schedule_group(Name="bench")
    url = boto3.client("sqs").create_queue(QueueName="bench")["QueueUrl"]
    nowhere = "arn:aws:states:::stateMachine:none"
    names = ("ACCOUNT_DELETION", "TASK", "WEBHOOK", "LEARNING_JOB")
    os.environ.update({f"{name}_STATE_MACHINE_ARN": nowhere for name in names})
    os.environ.update(
        WORKSPACES_QUEUE_URL=url,
        DOCUMENTS_QUEUE_URL=url,
        WORKSPACES_QUEUE_ARN="arn:aws:sqs:us-east-1:000000000000:bench",
        SCHEDULE_GROUP="bench",
        SCHEDULE_ROLE_ARN="arn:aws:iam::000000000000:role/bench",
        FILES_BUCKET="bench",
        EVENT_BUS_NAME="bench",
        POWERTOOLS_LOG_LEVEL="CRITICAL",
        POWERTOOLS_SERVICE_NAME="bench",
    )
    get_logger().setLevel("CRITICAL")


def _key(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def new_company(owner_id: str) -> str:
    moment = clock.iso_ms(clock.now())
    company = Company(
        id=ids.new_id("company"),
        owner_id=owner_id,
        name="朗道",
        description="",
        industry="",
        created_at=moment,
        updated_at=moment,
    )
    transaction = Transaction()
    store_company(transaction, company)
    transaction.commit()
    return company.id


def new_workspace(owner_id: str, company_id: str, type_: TriggerType, value: str) -> Workspace:
    moment = clock.iso_ms(clock.now())
    workspace = Workspace(
        id=ids.new_id("ws"),
        owner_id=owner_id,
        company_id=company_id,
        name="简报",
        type="report",
        trigger_type=type_,
        trigger_value=value,
        timezone="Asia/Shanghai",
        report_rule="总结昨天",
        created_at=moment,
        updated_at=moment,
        anchor=moment,
        planned_through=moment,
        next_at=moment,
        missed_policy=random.choice(("none", "latest")),
        overlap_policy=random.choice(("skip", "queue")),
    )
    transaction = Transaction()
    store_workspace(transaction, workspace)
    transaction.commit()
    return workspace


@dataclass
class Tally:
    """What the tables say in the end, against the calendar."""

    records: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    outcomes: int = 0
    counted: int = 0

    def add(self, simulation: "Simulation") -> None:
        for workspace in simulation.workspaces:
            calendar = trigger_of(workspace).after(START)
            planned = set(takewhile(lambda each: each <= simulation.now, calendar))
            runs = list(find_runs(workspace.id).runs)
            recorded = Counter(clock.parse(run.planned_at or "") for run in runs)
            self.lost += len(planned - set(recorded))
            self.doubled += sum(count - 1 for count in recorded.values())
            self.records.update(f"{run.status} {run.reason or ''}".strip() for run in runs)
        first = simulation.workspaces[0]
        company = find_company(first.owner_id, first.company_id)
        self.outcomes += len(list(find_cards(first.company_id)))
        self.counted += company.outcome_count if company else 0
        self.faults.update(simulation.faults)


@dataclass
class Simulation:
    """Hours pass; what reaches the runner is in `queue`, what comes late in `late`."""

    workspaces: list[Workspace]
    now: datetime = START
    queue: list[tuple[datetime, str]] = field(default_factory=list)
    late: list[tuple[int, Workspace]] = field(default_factory=list)
    doomed: set[str] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, _: str, body: str, *, delay_s: int = 0) -> None:
        with self.lock:
            self.queue.append((self.now + timedelta(seconds=delay_s), body))

    def hour(self, number: int, pool: ThreadPoolExecutor) -> None:
        self.now = START + number * HOUR + timedelta(seconds=5)
        if number in OUTAGE:
            self.faults["in the outage"] += len(self.workspaces)
            return
        firing = [each for each in self.workspaces for _ in range(self._firings(each, number))]
        firing += [each for hour, each in self.late if hour <= number]
        self.late = [(hour, each) for hour, each in self.late if hour > number]
        random.shuffle(firing)
        list(pool.map(lambda each: plan_due(each.owner_id, each.id, self.now), firing))
        self._work(pool)
        for minutes in (3, 2, 2, 2):  # housekeeping comes, killed runs are made again
            self.now += timedelta(minutes=minutes)
            plan_overdue_workspaces(self.now)
            revive_neglected_runs(self.now)
            self._work(pool)

    def _firings(self, workspace: Workspace, number: int) -> int:
        (fault,) = random.choices([*FAULTS], [*FAULTS.values()])
        self.faults[fault] += 1
        if fault == "lost, then late":
            self.late.append((number + random.randint(1, 8), workspace))
        if fault == "runner killed":
            self.doomed.add(workspace.id)
        return {"on time": 1, "twice": 2, "runner killed": 1}.get(fault, 0)

    def _work(self, pool: ThreadPoolExecutor) -> None:
        """Dispatcher and runner, until nothing is left to do now."""
        while True:
            promised = [
                each.id for each in find_overdue("WORKSPACES_TABLE", -timedelta(days=1), 1000)
            ]
            list(pool.map(lambda each: dispatch.deliver("WORKSPACES_TABLE", each), promised))
            due = [body for moment, body in self.queue if moment <= self.now]
            self.queue = [each for each in self.queue if each[0] > self.now]
            if not promised and not due:
                return
            list(pool.map(self._run, due))

    def _run(self, body: str) -> None:
        message = json.loads(body)
        attempt = Attempt(
            message["owner_id"], message["workspace_id"], message["run_id"], message["attempt"]
        )
        try:
            run_attempt(attempt, 60)
        except Killed:
            return

    def killing(self, write: Callable[..., Any]) -> Callable[..., Any]:
        """`write_report`, whose process dies in the middle of some runs."""

        def written(job: Any, *rest: Any) -> Any:
            if job.workspace.id in self.doomed:
                self.doomed.discard(job.workspace.id)
                raise Killed
            return write(job, *rest)

        return written


def simulate(moments: int) -> None:
    """In portions of 25 hours, each with an outage, in tables of their own."""
    dispatch._SENDERS["schedule:workspaces"] = lambda _: None
    tally, begun = Tally(), time.perf_counter()
    for _ in range(max(1, moments // (WORKSPACES * HOURS))):
        empty_tables()
        simulate_hours(tally)
    seconds = time.perf_counter() - begun
    say(f"{sum(tally.records.values()):,} moments of {WORKSPACES} workspaces in {seconds:.0f} s")
    say(f"faults: {_counted(tally.faults)}")
    say(f"records: {_counted(tally.records)}")
    say(f"lost {tally.lost}, doubled {tally.doubled}, outcomes {tally.outcomes:,}")
    made = tally.records["succeeded"]
    if tally.lost or tally.doubled or not tally.outcomes == tally.counted == made:
        sys.exit(f"the records are not exact: the companies count {tally.counted} outcomes")


def simulate_hours(tally: Tally) -> None:
    owner = ids.new_id("user")
    with clock.travelling(START.timestamp):
        company = new_company(owner)
        made = [new_workspace(owner, company, "interval", "1h") for _ in range(WORKSPACES)]
    simulation = Simulation(made)
    dispatch.send_message = simulation.send  # type: ignore[assignment]
    running.write_report = simulation.killing(write_report)
    with (
        clock.travelling(lambda: simulation.now.timestamp()),
        ThreadPoolExecutor(THREADS) as pool,
    ):
        for number in range(1, HOURS + 1):
            simulation.hour(number, pool)
        simulation.now += timedelta(minutes=45)
        tally.add(simulation)


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))


def schedules() -> None:
    """Made, moved and removed one after the other, beside the bare call of the Scheduler."""
    owner = ids.new_id("user")
    company = new_company(owner)
    made = [new_workspace(owner, company, "daily", "09:00") for _ in range(SCHEDULES)]
    say(f"{SCHEDULES:,} schedules, one after the other, emulator on this machine: median ms each")
    group = schedule_group()
    bare = [Schedule(f"bare-{number}", "rate(1 days)", "UTC", "{}") for number in range(200)]
    say(f"{'bare CreateSchedule':28} {_median(lambda s: group.put(s, exists=False), bare):6.1f}")
    say(f"{'bare UpdateSchedule':28} {_median(lambda s: group.put(s, exists=True), bare):6.1f}")
    for schedule in bare:
        group.delete(schedule.name)
    say(f"{'made (with two table reads)':28} {_median(_sync, made):6.1f}")
    for workspace in made:
        _move(workspace)
    say(f"{'moved':28} {_median(_sync, made):6.1f}")
    begun = time.perf_counter()
    found = reconcile(600)
    seconds = time.perf_counter() - begun
    each = seconds / found.checked * 1000
    say(f"compared {found.checked:,} in {seconds:.1f} s: {each:.1f} ms each")
    if found.checked != SCHEDULES or found.created or found.moved or found.removed:
        sys.exit("table and schedules do not agree")


def _sync(workspace: Workspace) -> None:
    sync_schedule(workspace.owner_id, workspace.id)


def _move(workspace: Workspace) -> None:
    stored = find_workspace(workspace.owner_id, workspace.id) or workspace
    transaction = Transaction()
    put_workspace(transaction, stored, replace(stored, trigger_value="10:30"))
    transaction.commit()


def _median(call: Callable[[Any], object], things: Iterable[Any]) -> float:
    spent = []
    for thing in things:
        begun = time.perf_counter()
        call(thing)
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent) * 1000


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def run() -> None:
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    random.seed(20261122)
    with a_system():
        schedules()
        if "--schedules-only" not in sys.argv:
            simulate(next(islice(numbers, 1), MOMENTS))


if __name__ == "__main__":
    run()
