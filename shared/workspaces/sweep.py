"""What housekeeping does for workspaces: firings that were lost, runs whose runner died."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.core import clock
from shared.core.errors import AppError
from shared.core.sweep import sweep
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


def plan_overdue_workspaces(now: datetime) -> int:
    """Record the moments that no firing brought; returns how many workspaces had some.

    Raises:
        SweepFailed: some could not be planned; they are tried again in a minute.
    """

    def plan(workspace: Workspace) -> bool:
        return plan_due(workspace.owner_id, workspace.id, now) is not None

    def named(workspace: Workspace) -> dict[str, str]:
        return {"workspace_id": workspace.id}

    return sweep(find_due_workspaces(now - LOST_AFTER, _AT_ONCE), plan, named)


def revive_neglected_runs(now: datetime) -> int:
    """End attempts whose runner died, send queued runs again; returns how many there were.

    Raises:
        SweepFailed: some could not be ended or sent; they are tried again in a minute.
    """

    def revive(run: Run) -> bool:
        return _revive(run, now)

    def named(run: Run) -> dict[str, str]:
        return {"workspace_id": run.workspace_id, "run_id": run.id}

    return sweep(find_neglected_runs(now, _AT_ONCE), revive, named)


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
