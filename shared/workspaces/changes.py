"""What all changes of a workspace have in common: one transaction, decided on what is stored.

    planned moment ─► queued ─► running ─► succeeded | failed | cancelled
                   └► skipped (paused, overlap, missed, budget)

A workspace has at most one open run, its `active_run`; others may wait. A change is decided on
the workspace and the run as they are stored and written only if both are still the same; one
that meets another is decided again.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from shared.core import clock
from shared.data import changing, workspace_runs
from shared.data import workspaces as stored
from shared.data.transaction import ConditionFailed, Transaction
from shared.data.workspace_runs import Run, activate_run, update_run
from shared.data.workspaces import AsyncStatus, Workspace, update_workspace
from shared.workspaces.promises import promise_run
from shared.workspaces.triggers import Trigger, TriggerType, parse_trigger

QUEUED_TOO_LONG = timedelta(minutes=10)
"""A queued run that nobody has begun by then gets another message."""

_MET_ANOTHER = {stored.PART, workspace_runs.PART, "next_run"}
T = TypeVar("T")


def until_written(step: Callable[[], T]) -> T:
    """The result of `step`, which reads, decides and commits; again where another was faster.

    Raises:
        ServiceUnavailable: it met others again and again.
    """

    def met(failure: ConditionFailed) -> None:
        if not failure.names & _MET_ANOTHER:
            raise failure

    return changing.until_written(step, met)


def trigger_of(workspace: Workspace) -> Trigger:
    """The calendar of a stored workspace."""
    type_: TriggerType = workspace.trigger_type  # type: ignore[assignment]  # checked when stored
    anchor = clock.parse(workspace.anchor)
    return parse_trigger(type_, workspace.trigger_value, workspace.timezone, anchor)


def put_workspace(transaction: Transaction, old: Workspace, new: Workspace) -> Workspace:
    """Add the part that stores a changed workspace; gives it as it will be."""
    new = replace(new, revision=old.revision + 1)
    update_workspace(transaction, old, new)
    return new


def put_run(transaction: Transaction, old: Run, new: Run) -> Run:
    """Add the part that stores a changed run; gives it as it will be."""
    new = replace(new, revision=old.revision + 1)
    update_run(transaction, old, new)
    return new


def without_run(
    transaction: Transaction, workspace: Workspace, run: Run, last: AsyncStatus
) -> Workspace:
    """The workspace when a run is over: the next one that waits is queued, else it is `last`."""
    if workspace.active_run != run.id:
        waiting = tuple(each for each in workspace.waiting if each != run.id)
        return replace(workspace, waiting=waiting)
    if not workspace.waiting:
        return replace(workspace, active_run=None, async_status=last)
    following, *waiting_still = workspace.waiting
    activate_run(transaction, workspace.id, following, look_at(clock.now()))
    promise_run(transaction, workspace, following)
    return replace(
        workspace, active_run=following, waiting=tuple(waiting_still), async_status="queued"
    )


def look_at(now: datetime) -> str:
    """When a run that is queued now has to be looked after."""
    return clock.iso_ms(now + QUEUED_TOO_LONG)


def ended(run: Run, **changes: object) -> Run:
    """A run that is over, with these fields; nothing is held and nobody looks after it."""
    over = replace(
        run,
        finished_at=clock.iso_ms(clock.now()),
        check_at=None,
        not_before=None,
        call_id=None,
        budget_month=None,
        held_micro=0,
    )
    return replace(over, **changes)  # type: ignore[arg-type]
