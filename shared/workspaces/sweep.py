"""What housekeeping does for workspaces: firings that were lost, runs whose runner died."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from shared.core import clock
from shared.core.errors import AppError
from shared.core.observability import get_logger
from shared.data.transaction import Transaction
from shared.data.workspace_runs import Run, find_neglected_runs, find_run
from shared.data.workspaces import Workspace, find_due_workspaces, find_workspace
from shared.workspaces.attempts import fail
from shared.workspaces.changes import look_at, put_run, until_written
from shared.workspaces.planning import plan_due
from shared.workspaces.promises import promise_run

LOST_AFTER = timedelta(minutes=2)
"""A moment whose firing has not come by then is planned without it, still on time."""

_AT_ONCE = 100
T = TypeVar("T", Workspace, Run)


class SweepFailed(Exception):
    """Some could not be put right; raised after all have been tried."""


def plan_overdue_workspaces(now: datetime) -> int:
    """Record the moments that no firing brought; returns how many workspaces had some.

    Raises:
        SweepFailed: some could not be planned; they are tried again in a minute.
    """

    def plan(workspace: Workspace) -> bool:
        return plan_due(workspace.owner_id, workspace.id, now) is not None

    return _for_each(find_due_workspaces(now - LOST_AFTER, _AT_ONCE), plan)


def revive_neglected_runs(now: datetime) -> int:
    """End attempts whose runner died, send queued runs again; returns how many there were.

    Raises:
        SweepFailed: some could not be ended or sent; they are tried again in a minute.
    """
    return _for_each(find_neglected_runs(now, _AT_ONCE), lambda run: _revive(run, now))


def _for_each(things: Sequence[T], mend: Callable[[T], bool]) -> int:
    """How many were mended; one that fails never stops the others."""
    mended = failed = 0
    for thing in things:
        try:
            mended += mend(thing)
        except Exception:
            failed += 1
            get_logger().exception("not swept", extra={"thing_id": thing.id})
    if failed:
        raise SweepFailed(f"{failed} of {len(things)}")
    return mended


def _revive(neglected: Run, now: datetime) -> bool:
    run = find_run(neglected.workspace_id, neglected.id)  # the index may be a little behind
    if run is None or run.check_at is None or clock.parse(run.check_at) > now:
        return False
    if run.status == "running":
        return fail(run, AppError(details={"reason": "runner_died"}), None, final=False)
    return until_written(lambda: _send_again(run, now))


def _send_again(queued: Run, now: datetime) -> bool:
    workspace = find_workspace(queued.owner_id, queued.workspace_id)
    run = find_run(queued.workspace_id, queued.id)
    if workspace is None or run is None or run.revision != queued.revision:
        return False
    transaction = Transaction()
    put_run(transaction, run, replace(run, check_at=look_at(now)))
    promise_run(transaction, workspace, run.id, attempt=run.attempts + 1)
    transaction.commit()
    return True
