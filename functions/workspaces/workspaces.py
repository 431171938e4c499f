"""Workspaces of a caller."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from functions.workspaces.references import check_company_id, check_knowledge_bases, check_role
from functions.workspaces.schemas import NewWorkspace, Preview, WorkspaceChange
from shared.core import clock, ids
from shared.data.companies import count_in_company, part_of
from shared.data.transaction import ConditionFailed, Transaction
from shared.data.workspaces import (
    PART,
    AsyncStatus,
    Status,
    Workspace,
    find_workspace,
    find_workspaces,
    store_workspace,
)
from shared.http.paging import Page, PageRequest
from shared.workspaces.changes import put_workspace, trigger_of, until_written
from shared.workspaces.errors import WorkspaceNotFound, bad_trigger, unknown_reference
from shared.workspaces.planning import plan_due
from shared.workspaces.promises import promise_schedule
from shared.workspaces.removal import remove_workspace
from shared.workspaces.triggers import Trigger, TriggerError, TriggerType, parse_trigger

_TRIGGER = ("trigger_type", "trigger_value", "timezone")


@dataclass(frozen=True, slots=True)
class WorkspaceFilter:
    """Which workspaces a list holds; None lets all pass."""

    company_id: str | None = None
    status: Status | None = None
    trigger_type: TriggerType | None = None
    async_status: AsyncStatus | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every workspace passes."""
        return self == WorkspaceFilter()

    def matches(self, workspace: Workspace) -> bool:
        """Whether the workspace passes."""
        wanted = asdict(self).items()
        return all(value in (None, getattr(workspace, name)) for name, value in wanted)


def create_workspace(owner_id: str, workspace_id: str, body: NewWorkspace) -> Workspace:
    """A new workspace; the same id again gives the one that is there. Raises InvalidRequest."""
    now = _now()
    trigger = _trigger(body.trigger_type, body.trigger_value, body.timezone, now)
    _check_references(owner_id, body.model_dump())
    moment = clock.iso_ms(now)
    fields = body.model_dump() | {"trigger_value": trigger.value}
    fields["knowledge_base_ids"] = tuple(body.knowledge_base_ids)
    workspace = Workspace(
        id=workspace_id,
        owner_id=owner_id,
        created_at=moment,
        updated_at=moment,
        anchor=moment,
        planned_through=moment,
        **fields,
    )
    workspace = _from_now_on(workspace, trigger, now)
    transaction = Transaction()
    store_workspace(transaction, workspace)
    count_in_company(transaction, owner_id, workspace.company_id, workspaces=1)
    if workspace.next_at:
        promise_schedule(transaction, workspace)
    try:
        transaction.commit()
    except ConditionFailed as failure:
        if PART in failure.names:
            return read_workspace(owner_id, workspace_id)
        raise unknown_reference("companyId") from failure
    return workspace


def list_workspaces(
    owner_id: str, wanted_ones: WorkspaceFilter, wanted: PageRequest
) -> Page[Workspace]:
    """One page, newest first.

    Without a filter only the page's part of the list is read; a filter reads the whole list,
    since its total cannot be kept as a counter.
    """
    found = find_workspaces(owner_id, wanted.end if wanted_ones.is_empty else None)
    if wanted_ones.is_empty:
        items = list(islice(found.workspaces, wanted.start, wanted.end))
        return Page.of(items, found.total, wanted)
    return Page.cut([each for each in found.workspaces if wanted_ones.matches(each)], wanted)


def read_workspace(owner_id: str, workspace_id: str) -> Workspace:
    """The caller's workspace. Raises WorkspaceNotFound."""
    found = find_workspace(owner_id, workspace_id) if ids.is_id("ws", workspace_id) else None
    if found is None:
        raise WorkspaceNotFound
    return found


def change_workspace(owner_id: str, workspace_id: str, body: WorkspaceChange) -> Workspace:
    """Change what is given; a changed trigger counts from now.

    What was planned before is recorded first, so that no moment is lost between two triggers.

    Raises:
        WorkspaceNotFound: there is none.
        InvalidRequest: names the field.
    """
    given = body.given()
    old = read_workspace(owner_id, workspace_id)
    _check_references(owner_id, {k: v for k, v in given.items() if v != getattr(old, k)})
    _changed(old, given, _now())

    def step() -> Workspace:
        now = _now()
        planned = plan_due(owner_id, workspace_id, now)
        if planned is None:
            raise WorkspaceNotFound
        new = replace(_changed(planned, given, now), updated_at=clock.iso_ms(now))
        return _write(planned, new)

    return until_written(step)


def remove(owner_id: str, workspace_id: str) -> None:
    """Delete a workspace with its schedule, runs and outcomes. Raises WorkspaceNotFound."""
    if not ids.is_id("ws", workspace_id) or not remove_workspace(owner_id, workspace_id):
        raise WorkspaceNotFound


def preview(body: Preview) -> list[str]:
    """The next firing times, in UTC. Raises InvalidRequest."""
    now = _now()
    trigger = _trigger(body.trigger_type, body.trigger_value, body.timezone, now)
    return [clock.iso(moment) for moment in islice(trigger.after(now), body.count)]


def _now() -> datetime:
    # An interval counts from here, and clients see whole seconds.
    return clock.now().replace(microsecond=0)


def _trigger(type_: TriggerType, value: str, zone: str, now: datetime) -> Trigger:
    try:
        return parse_trigger(type_, value, zone, now, now=now)
    except TriggerError as error:
        raise bad_trigger(error) from error


def _check_references(owner_id: str, given: Mapping[str, Any]) -> None:
    if "company_id" in given:
        check_company_id(given["company_id"])
    check_role(owner_id, given.get("role_id"))
    check_knowledge_bases(owner_id, given.get("knowledge_base_ids", ()))


def _changed(old: Workspace, given: Mapping[str, Any], now: datetime) -> Workspace:
    """The workspace with these fields. Raises InvalidRequest for its trigger."""
    fields = dict(given)
    if "knowledge_base_ids" in fields:
        fields["knowledge_base_ids"] = tuple(fields["knowledge_base_ids"])
    if fields.get("trigger_type") == "manual":
        fields.setdefault("trigger_value", "")
    new = replace(old, **fields)
    moved = any(getattr(new, name) != getattr(old, name) for name in _TRIGGER)
    if moved:
        type_: TriggerType = new.trigger_type  # type: ignore[assignment]  # a stored or given one
        trigger = _trigger(type_, new.trigger_value, new.timezone, now)
        new = replace(new, trigger_value=trigger.value, anchor=clock.iso_ms(now))
    if moved or new.status != old.status:
        return _from_now_on(new, trigger_of(new), now)
    return new


def _from_now_on(workspace: Workspace, trigger: Trigger, now: datetime) -> Workspace:
    """The workspace with its next moment after now; an archived one has none."""
    following = None if workspace.status == "archived" else trigger.next(now)
    return replace(
        workspace,
        planned_through=clock.iso_ms(now),
        next_at=clock.iso_ms(following) if following else None,
    )


def _write(old: Workspace, new: Workspace) -> Workspace:
    transaction = Transaction()
    new = put_workspace(transaction, old, new)
    if new.company_id != old.company_id:
        _move_between_companies(transaction, old, new)
    if _timing(new) != _timing(old):
        promise_schedule(transaction, new)
    try:
        transaction.commit()
    except ConditionFailed as failure:
        if part_of(new.company_id) in failure.names:
            raise unknown_reference("companyId") from failure
        raise
    return new


def _move_between_companies(transaction: Transaction, old: Workspace, new: Workspace) -> None:
    """Its outcomes stay with the company they were made for."""
    count_in_company(transaction, old.owner_id, old.company_id, workspaces=-1)
    count_in_company(transaction, old.owner_id, new.company_id, workspaces=1)
    left = part_of(old.company_id)
    transaction.mend({left}, lambda _: transaction.discard({left}))


def _timing(workspace: Workspace) -> tuple[str, ...]:
    return (workspace.status, workspace.anchor, *(getattr(workspace, name) for name in _TRIGGER))
