"""Schedules of workspaces on the emulator: made, moved, compared; time for each.

python -m tests.benchmarks.schedules
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from shared.aws.scheduler import Schedule
from shared.core import ids
from shared.data.transaction import Transaction
from shared.data.workspaces import Workspace, find_workspace
from shared.workspaces.changes import put_workspace
from shared.workspaces.schedules import reconcile, schedule_group, sync_schedule
from tests.benchmarks.harness import say
from tests.benchmarks.workspace_system import a_system, new_company, new_workspace

SCHEDULES = 1_000


def measure() -> None:
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


if __name__ == "__main__":
    with a_system():
        measure()
