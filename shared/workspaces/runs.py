"""Runs that somebody asks for, and runs that somebody cancels."""

from dataclasses import replace

from shared.core import clock
from shared.data.transaction import ConditionFailed, Transaction
from shared.data.workspace_runs import Run, find_run, store_runs
from shared.data.workspaces import PART, Workspace, find_workspace
from shared.workspaces.changes import (
    ended,
    look_at,
    put_run,
    put_workspace,
    until_written,
    without_run,
)
from shared.workspaces.errors import (
    RunEnded,
    RunInProgress,
    RunNotFound,
    WorkspaceArchived,
    WorkspaceNotFound,
)
from shared.workspaces.promises import promise_run


def request_run(owner_id: str, workspace_id: str, run_id: str) -> Run:
    """Queue a run that somebody asks for; a repeat with the same id gives the one there is.

    Raises:
        WorkspaceNotFound: no such workspace of this owner.
        RunInProgress: one is queued or running.
        WorkspaceArchived: it does not run any more.
    """

    def step() -> Run:
        workspace = find_workspace(owner_id, workspace_id)
        if workspace is None:
            raise WorkspaceNotFound
        if workspace.active_run:
            repeated = find_run(workspace_id, run_id)
            if repeated:
                return repeated
            raise RunInProgress(details={"run_id": workspace.active_run})
        if workspace.status == "archived":
            raise WorkspaceArchived
        return _queue(workspace, run_id)

    return until_written(step)


def _queue(workspace: Workspace, run_id: str) -> Run:
    now = clock.now()
    run = Run(
        id=run_id,
        workspace_id=workspace.id,
        owner_id=workspace.owner_id,
        company_id=workspace.company_id,
        status="queued",
        created_at=clock.iso_ms(now),
        check_at=look_at(now),
    )
    transaction = Transaction()
    queued = replace(workspace, active_run=run.id, async_status="queued")
    queued = put_workspace(transaction, workspace, queued)
    store_runs(transaction, workspace.id, [run])
    promise_run(transaction, queued, run.id)
    try:
        transaction.commit()
    except ConditionFailed as failure:
        repeated = find_run(workspace.id, run_id) if PART not in failure.names else None
        if repeated is None:
            raise
        return repeated
    return run


def cancel(owner_id: str, workspace_id: str, run_id: str) -> Run:
    """End a queued or running run; its runner stops within seconds, and what it spent counts.

    Raises:
        RunNotFound: no such run of this owner's workspace.
        RunEnded: it is over.
    """

    def step() -> Run:
        workspace = find_workspace(owner_id, workspace_id)
        run = find_run(workspace_id, run_id)
        if workspace is None or run is None:
            raise RunNotFound
        if run.is_final:
            raise RunEnded(details={"status": run.status})
        transaction = Transaction()
        cancelled = put_run(transaction, run, ended(run, status="cancelled"))
        put_workspace(transaction, workspace, without_run(transaction, workspace, run, "idle"))
        transaction.commit()
        return cancelled

    return until_written(step)
