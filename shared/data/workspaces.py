"""Workspaces of an owner: one item each, their number beside them.

Items of the workspaces table (docs/database-design.md):

    WORKSPACES#<owner>   WS#<id>   the workspace; in gsi1 under DUE#<0–7> by its next planned
                                   moment while there is one
    WORKSPACES#<owner>   ~TOTAL    how many there are

`~` sorts after every id: one newest-first query gives the total and then the workspaces.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.core import clock
from shared.data.table import Gsi1, Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

WorkspaceType = Literal["report", "analysis", "content", "monitor", "custom"]
Status = Literal["active", "paused", "archived"]
AsyncStatus = Literal["idle", "queued", "running", "succeeded", "failed"]
MissedPolicy = Literal["none", "latest"]
OverlapPolicy = Literal["skip", "queue"]
PART = "workspace"
"""The name of the workspace's part in a transaction, for telling a failed condition."""

SHARDS = 8  # each firing moves an index entry; one index partition takes some 1,000 a second
_TOTAL = "~TOTAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A workspace; times are stored ISO texts.

    Attributes:
        anchor: when its trigger was set; what an interval counts from.
        planned_through: every moment up to it has its run record.
        next_at: the first planned moment after it; None where none is left, or it is archived.
        active_run: the run that is queued or running.
        waiting: runs that wait for it to end (overlapPolicy queue), oldest first.
        outcome_counts: how many outcomes it made, by company.
        revision: counts its changes.
    """

    id: str
    owner_id: str
    company_id: str
    name: str
    type: WorkspaceType
    trigger_type: str
    trigger_value: str
    timezone: str
    report_rule: str
    created_at: str
    updated_at: str
    anchor: str
    planned_through: str
    role_id: str | None = None
    knowledge_base_ids: tuple[str, ...] = ()
    status: Status = "active"
    missed_policy: MissedPolicy = "none"
    overlap_policy: OverlapPolicy = "skip"
    async_status: AsyncStatus = "idle"
    next_at: str | None = None
    active_run: str | None = None
    waiting: tuple[str, ...] = ()
    last_run_at: str | None = None
    outcome_counts: Mapping[str, int] = field(default_factory=dict)
    revision: int = 1


@dataclass(frozen=True, slots=True)
class WorkspaceList:
    """A list, newest first, read as far as it is iterated; `total` covers all of it."""

    total: int
    workspaces: Iterator[Workspace]


class _WorkspaceItem(Item):
    """Total and workspaces in one class, since one query reads both."""

    class Meta(TableMeta):
        table_name = TableOf("WORKSPACES_TABLE")

    gsi1 = Gsi1()
    total = NumberAttribute(null=True)
    company_id = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    type = UnicodeAttribute(null=True)
    trigger_type = UnicodeAttribute(null=True)
    trigger_value = UnicodeAttribute(null=True)
    timezone = UnicodeAttribute(null=True)
    report_rule = UnicodeAttribute(null=True)
    role_id = UnicodeAttribute(null=True)
    knowledge_base_ids = JSONAttribute(null=True)
    status = UnicodeAttribute(null=True)
    missed_policy = UnicodeAttribute(null=True)
    overlap_policy = UnicodeAttribute(null=True)
    async_status = UnicodeAttribute(null=True)
    anchor = UnicodeAttribute(null=True)
    planned_through = UnicodeAttribute(null=True)
    active_run = UnicodeAttribute(null=True)
    waiting = JSONAttribute(null=True)
    last_run_at = UnicodeAttribute(null=True)
    outcome_counts = JSONAttribute(null=True)
    created_at = UnicodeAttribute(null=True)
    updated_at = UnicodeAttribute(null=True)
    revision = NumberAttribute(null=True)


def find_workspace(owner_id: str, workspace_id: str) -> Workspace | None:
    """An owner's workspace: one consistent GetItem."""
    item = find(_WorkspaceItem, _owner_key(owner_id), _key(workspace_id))
    return _to_workspace(item) if item else None


def find_workspaces(owner_id: str, at_most: int | None = None) -> WorkspaceList:
    """An owner's workspaces, strongly consistent; `at_most` is how many will be read, if known."""
    rows = _WorkspaceItem.query(
        _owner_key(owner_id),
        consistent_read=True,
        scan_index_forward=False,
        page_size=at_most and at_most + 1,
    )
    first = next(rows, None)
    if first is None or first.sk != _TOTAL:  # the total exists as soon as one workspace does
        return WorkspaceList(0, iter(()))
    return WorkspaceList(int(first.total or 0), (_to_workspace(row) for row in rows))


def find_workspaces_by_id(owner_id: str, ids: Iterable[str]) -> dict[str, Workspace]:
    """Those of the ids that are there: one consistent BatchGetItem for up to 100."""
    keys: list[Any] = [(_owner_key(owner_id), _key(each)) for each in dict.fromkeys(ids)]
    found = _WorkspaceItem.batch_get(keys, consistent_read=True) if keys else ()
    return {workspace.id: workspace for workspace in map(_to_workspace, found)}


def find_due_workspaces(before: datetime, limit: int) -> list[Workspace]:
    """Workspaces with a planned moment before that time which has no record yet."""
    due = Gsi1.gsi1sk < clock.iso_ms(before)
    return [
        _to_workspace(item)
        for shard in range(SHARDS)
        for item in _WorkspaceItem.gsi1.query(f"DUE#{shard}", due, limit=limit)
    ]


def find_timed_workspaces() -> Iterator[Workspace]:
    """Every workspace that has a planned moment to come, of all owners (the reconciler)."""
    for shard in range(SHARDS):
        for item in _WorkspaceItem.gsi1.query(f"DUE#{shard}"):
            yield _to_workspace(item)


def store_workspace(transaction: Transaction, workspace: Workspace) -> None:
    """Add a workspace; the part `PART` fails where the id exists."""
    transaction.create(PART, _to_item(workspace))
    _count(transaction, workspace.owner_id, 1)


def update_workspace(transaction: Transaction, old: Workspace, new: Workspace) -> None:
    """Put a workspace in the place of the one that was read; `PART` fails if that has changed.

    `new.revision` must be `old.revision + 1`.
    """
    transaction.save(PART, _to_item(new), _unchanged(old))


def delete_workspace(transaction: Transaction, workspace: Workspace) -> None:
    """Remove the workspace that was read; `PART` fails if it has changed."""
    item = _WorkspaceItem(_owner_key(workspace.owner_id), _key(workspace.id))
    transaction.delete(PART, item, _unchanged(workspace))
    _count(transaction, workspace.owner_id, -1)


def delete_total(owner_id: str) -> None:
    """Remove the counter of an owner whose workspaces are all gone."""
    _WorkspaceItem(_owner_key(owner_id), _TOTAL).delete()


def _unchanged(workspace: Workspace) -> Condition:
    return _WorkspaceItem.revision == workspace.revision


def _count(transaction: Transaction, owner_id: str, number: int) -> None:
    actions: list[Action] = [_WorkspaceItem.total.add(number)]
    transaction.update("workspaces", _WorkspaceItem(_owner_key(owner_id), _TOTAL), actions)


def _owner_key(owner_id: str) -> str:
    return f"WORKSPACES#{owner_id}"


def _key(workspace_id: str) -> str:
    return f"WS#{workspace_id}"


_SAME_NAMED = (
    "company_id", "name", "type", "trigger_type", "trigger_value", "timezone", "report_rule",
    "role_id", "status", "missed_policy", "overlap_policy", "async_status", "anchor",
    "planned_through", "active_run", "last_run_at", "created_at", "updated_at",
)  # fmt: skip


def _to_item(workspace: Workspace) -> _WorkspaceItem:
    values: dict[str, Any] = {name: getattr(workspace, name) for name in _SAME_NAMED}
    item = _WorkspaceItem(
        _owner_key(workspace.owner_id),
        _key(workspace.id),
        knowledge_base_ids=list(workspace.knowledge_base_ids),
        waiting=list(workspace.waiting),
        outcome_counts=dict(workspace.outcome_counts),
        revision=workspace.revision,
        **values,
    )
    if workspace.next_at:
        item.gsi1pk = f"DUE#{sum(workspace.id.encode()) % SHARDS}"
        item.gsi1sk = f"{workspace.next_at}#{workspace.id}"
    return item


def _to_workspace(item: _WorkspaceItem) -> Workspace:
    values: dict[str, Any] = {name: getattr(item, name) for name in _SAME_NAMED}
    return Workspace(
        id=item.sk.removeprefix("WS#"),
        owner_id=item.pk.removeprefix("WORKSPACES#"),
        knowledge_base_ids=tuple(item.knowledge_base_ids or ()),
        waiting=tuple(item.waiting or ()),
        outcome_counts=dict(item.outcome_counts or {}),
        next_at=item.gsi1sk.partition("#")[0] if item.gsi1sk else None,
        revision=int(item.revision or 0),
        **values,
    )
