"""Planned moments of workspaces under faults, on the emulator: none lost, none doubled.

The calendar, clock, queue and firings are simulated, every change is real. The moments come in
portions of 40 workspaces and 25 hours, each with an outage, an emulator and a process of its own.

python -m tests.benchmarks.planned_moments [moments]
"""

import json
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from multiprocessing import get_context
from typing import Any

from infra.local.emulator_venv import ensure_emulator_venv
from shared.core import clock, ids
from shared.data.companies import find_company
from shared.data.outbox import find_overdue
from shared.data.outcomes import find_cards
from shared.data.workspace_runs import find_runs
from shared.data.workspaces import Workspace
from shared.messaging import dispatch
from shared.workspaces import running
from shared.workspaces.attempts import Attempt
from shared.workspaces.changes import trigger_of
from shared.workspaces.planning import plan_due
from shared.workspaces.report import write_report
from shared.workspaces.running import run_attempt
from shared.workspaces.sweep import plan_overdue_workspaces, revive_neglected_runs
from tests.benchmarks.harness import ROOT, say
from tests.benchmarks.workspace_system import a_system, new_company, new_workspace

MOMENTS, WORKSPACES, THREADS = 10_000, 40, 4
START = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
# How each moment's firing comes, of a hundred.
FAULTS = {"on time": 72, "twice": 10, "lost": 6, "lost, then late": 6, "runner killed": 6}
HOURS = 25
OUTAGE = range(10, 16)  # hours in which nothing works


class Killed(BaseException):
    """The runner's process ends here."""


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
            company = find_company(workspace.owner_id, workspace.company_id)
            self.outcomes += len(list(find_cards(workspace.company_id)))
            self.counted += company.outcome_count if company else 0
        self.faults.update(simulation.faults)

    def join(self, other: "Tally") -> None:
        self.records += other.records
        self.faults += other.faults
        self.lost += other.lost
        self.doubled += other.doubled
        self.outcomes += other.outcomes
        self.counted += other.counted


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
    """In portions of 25 hours; each processor works on one of them."""
    ensure_emulator_venv(ROOT)
    tally, begun = Tally(), time.perf_counter()
    portions = max(1, moments // (WORKSPACES * HOURS))
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), max_tasks_per_child=1) as pool:
        for done in pool.map(simulate_portion, range(portions)):
            tally.join(done)
    seconds = time.perf_counter() - begun
    say(f"{sum(tally.records.values()):,} moments of {WORKSPACES} workspaces in {seconds:.0f} s")
    say(f"faults: {_counted(tally.faults)}")
    say(f"records: {_counted(tally.records)}")
    say(f"lost {tally.lost}, doubled {tally.doubled}, outcomes {tally.outcomes:,}")
    made = tally.records["succeeded"]
    if tally.lost or tally.doubled or not tally.outcomes == tally.counted == made:
        sys.exit(f"the records are not exact: the companies count {tally.counted} outcomes")


def simulate_portion(number: int) -> Tally:
    """All of it, in this process."""
    random.seed(20261122 + number)
    dispatch._SENDERS["schedule:workspaces"] = lambda _: None
    tally = Tally()
    with a_system():
        simulate_hours(tally)
    return tally


def simulate_hours(tally: Tally) -> None:
    with clock.travelling(START.timestamp):
        made = [_hourly_workspace(ids.new_id("user")) for _ in range(WORKSPACES)]
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


def _hourly_workspace(owner: str) -> Workspace:
    # Of one company all: the emulator reads a whole partition for a query of a part of it.
    return new_workspace(owner, new_company(owner), "interval", "1h")


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    simulate(next(islice(numbers, 1), MOMENTS))
