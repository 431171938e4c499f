"""Every planned moment gets exactly one run record, whoever notices that it has come.

A firing of the schedule, a late or doubled one, and housekeeping's sweep over what is due all
come here. The workspace's calendar says which moments lie between the last recorded one and now;
each becomes a run to be done or is skipped with its reason, in one transaction that moves the
workspace's mark. The ids of the records are made of the moments, so that even without the mark
none could be written twice.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice, takewhile

from shared.core import clock
from shared.core.errors import ServiceUnavailable
from shared.data.transaction import ConditionFailed, Transaction
from shared.data.workspace_runs import PART as RUN
from shared.data.workspace_runs import Reason, Run, planned_run_id, store_runs
from shared.data.workspaces import Workspace, find_workspace
from shared.workspaces.changes import look_at, put_workspace, trigger_of, until_written
from shared.workspaces.promises import promise_run, promise_schedule
from shared.workspaces.triggers import Trigger

GRACE = timedelta(minutes=5)
"""A moment noticed within this time is on time; a later one was missed."""

MOST_WAITING = 10
"""Runs that may wait for the one under way; further moments are skipped as `overlap`."""

_AT_ONCE = 25
_PORTIONS = 400


@dataclass(frozen=True, slots=True)
class _Due:
    """Moments without a record, oldest first; `more` where others follow them."""

    moments: tuple[datetime, ...]
    more: bool


@dataclass(slots=True)
class _Plan:
    """The records of some moments, and what they make of the workspace."""

    workspace: Workspace
    now: datetime
    runs: list[Run] = field(default_factory=list)

    def add(self, moment: datetime, *, newest: bool) -> None:
        late = self.now - moment > GRACE
        missed = late and not (newest and self.workspace.missed_policy == "latest")
        reason = self._reason(missed=missed)
        run = Run(
            id=planned_run_id(self.workspace.id, moment),
            workspace_id=self.workspace.id,
            owner_id=self.workspace.owner_id,
            company_id=self.workspace.company_id,
            status="skipped" if reason else "queued",
            created_at=clock.iso_ms(self.now),
            planned_at=clock.iso_ms(moment),
            late=late and not reason,
            reason=reason,
            finished_at=clock.iso_ms(self.now) if reason else None,
        )
        self.runs.append(run if reason else self._queued(run))

    def _reason(self, *, missed: bool) -> Reason | None:
        workspace = self.workspace
        if workspace.status != "active":
            return "paused"
        if missed:
            return "missed"
        full = workspace.overlap_policy == "skip" or len(workspace.waiting) >= MOST_WAITING
        return "overlap" if workspace.active_run and full else None

    def _queued(self, run: Run) -> Run:
        if self.workspace.active_run:
            waiting = (*self.workspace.waiting, run.id)
            self.workspace = replace(self.workspace, waiting=waiting)
            return run
        self.workspace = replace(self.workspace, active_run=run.id, async_status="queued")
        return replace(run, check_at=look_at(self.now))


def plan_due(owner_id: str, workspace_id: str, now: datetime) -> Workspace | None:
    """Record every planned moment up to `now`; the workspace as it is then, None without it.

    Raises:
        ServiceUnavailable: there were more than some 10,000 moments; the rest is left to the
            next call.
    """
    for _ in range(_PORTIONS):
        workspace, more = until_written(lambda: _plan_portion(owner_id, workspace_id, now))
        if workspace is None or not more:
            return workspace
    raise ServiceUnavailable


def _plan_portion(owner_id: str, workspace_id: str, now: datetime) -> tuple[Workspace | None, bool]:
    workspace = find_workspace(owner_id, workspace_id)
    if workspace is None or workspace.next_at is None or clock.parse(workspace.next_at) > now:
        return workspace, False
    trigger = trigger_of(workspace)
    due = _due(workspace, trigger, now)
    recorded: set[str] = set()
    while True:  # each round knows more of what is recorded already
        plan = _Plan(workspace, now)
        for moment in due.moments:
            if planned_run_id(workspace_id, moment) not in recorded:
                plan.add(moment, newest=moment == due.moments[-1] and not due.more)
        try:
            return _write(workspace, plan, trigger, due.moments), due.more
        except ConditionFailed as failure:
            known = {name.removeprefix(f"{RUN}.") for name in failure.names if "." in name}
            if not known:
                raise
            recorded |= known


def _due(workspace: Workspace, trigger: Trigger, now: datetime) -> _Due:
    coming = trigger.after(clock.parse(workspace.planned_through))
    found = list(islice(takewhile(lambda moment: moment <= now, coming), _AT_ONCE + 1))
    return _Due(tuple(found[:_AT_ONCE]), len(found) > _AT_ONCE)


def _write(
    old: Workspace, plan: _Plan, trigger: Trigger, moments: tuple[datetime, ...]
) -> Workspace:
    through = moments[-1] if moments else plan.now
    following = trigger.next(through)
    transaction = Transaction()
    new = replace(
        plan.workspace,
        planned_through=clock.iso_ms(through),
        next_at=clock.iso_ms(following) if following else None,
    )
    new = put_workspace(transaction, old, new)
    store_runs(transaction, old.id, plan.runs)
    if new.active_run and new.active_run != old.active_run:
        promise_run(transaction, new, new.active_run)
    if following is None:
        promise_schedule(transaction, new)
    transaction.commit()
    return new
