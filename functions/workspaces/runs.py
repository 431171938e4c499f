"""Runs and outcomes of a caller's workspaces."""

from itertools import islice

from functions.workspaces.workspaces import read_workspace
from shared.core import ids
from shared.data.outcomes import Outcome, find_outcome
from shared.data.workspace_runs import Run, find_run, find_runs
from shared.data.workspaces import find_workspace
from shared.http.paging import Page, PageRequest
from shared.workspaces.errors import OutcomeNotFound, RunNotFound, WorkspaceNotFound
from shared.workspaces.runs import cancel, request_run


def request(owner_id: str, workspace_id: str, run_id: str) -> Run:
    """Queue a run. Raises WorkspaceNotFound, RunInProgress, WorkspaceArchived."""
    if not ids.is_id("ws", workspace_id):
        raise WorkspaceNotFound
    return request_run(owner_id, workspace_id, run_id)


def list_runs(owner_id: str, workspace_id: str, wanted: PageRequest) -> Page[Run]:
    """One page of a workspace's runs, newest first. Raises WorkspaceNotFound."""
    workspace = read_workspace(owner_id, workspace_id)
    found = find_runs(workspace.id, wanted.end)
    items = list(islice(found.runs, wanted.start, wanted.end))
    return Page.of(items, found.total, wanted)


def read_run(owner_id: str, workspace_id: str, run_id: str) -> Run:
    """A run of the caller's workspace. Raises WorkspaceNotFound, RunNotFound."""
    workspace = read_workspace(owner_id, workspace_id)
    run = find_run(workspace.id, run_id) if ids.is_id("run", run_id) else None
    if run is None:
        raise RunNotFound
    return run


def cancel_run(owner_id: str, workspace_id: str, run_id: str) -> Run:
    """End a run that has not ended. Raises WorkspaceNotFound, RunNotFound, RunEnded."""
    run = read_run(owner_id, workspace_id, run_id)
    return cancel(owner_id, workspace_id, run.id)


def read_outcome(owner_id: str, outcome_id: str) -> tuple[Outcome, str]:
    """The caller's outcome and the name of its workspace. Raises OutcomeNotFound."""
    known = ids.is_id("outcome", outcome_id)
    outcome = find_outcome(owner_id, outcome_id) if known else None
    # What a deleted workspace leaves for a moment does not exist any more.
    workspace = find_workspace(owner_id, outcome.workspace_id) if outcome else None
    if outcome is None or workspace is None:
        raise OutcomeNotFound
    return outcome, workspace.name
