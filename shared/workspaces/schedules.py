"""One EventBridge schedule per active timed workspace, whatever goes wrong in between.

A change of a workspace promises `sync_schedule` in its transaction; the outbox keeps calling it
until the Scheduler API has answered. `reconcile` compares both sides and mends what is left.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from shared.aws.scheduler import Schedule, ScheduleGroup
from shared.core import clock, ids
from shared.core.observability import get_logger
from shared.data.workspaces import Workspace, find_timed_workspaces, find_workspace
from shared.workspaces.changes import trigger_of
from shared.workspaces.expressions import Timetable, timetable
from shared.workspaces.settings import ScheduleSettings

# EventBridge puts the moment of the firing in its place.
_SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
_LOOKS = 5
_AT_ONCE = 8


@dataclass(slots=True)
class Reconciliation:
    """What `reconcile` found; `next` is where to go on, None when everything was seen."""

    checked: int = 0
    created: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    next: str | None = None


def schedule_group() -> ScheduleGroup:
    """The group of this deployment."""
    settings = ScheduleSettings.from_env()
    return ScheduleGroup(
        settings.schedule_group, settings.workspaces_queue_arn, settings.schedule_role_arn
    )


def sync_schedule(owner_id: str, workspace_id: str) -> None:
    """Let the schedule be what the table says.

    Calls may come late, twice and out of order: the table is read, and read again after the
    schedule was put, so the last one to put it has seen the last change.
    """
    workspace = find_workspace(owner_id, workspace_id)
    for _ in range(_LOOKS):
        _put(workspace, workspace_id)
        latest = find_workspace(owner_id, workspace_id)
        if _plan_of(latest) == _plan_of(workspace):
            return
        workspace = latest


def reconcile(seconds: float, after: str = "") -> Reconciliation:
    """Compare every workspace with every schedule, in the order of their ids, and mend.

    Args:
        seconds: after which it stops; `next` then says where to go on.
        after: a `next` of before; workspaces up to it are passed over.
    """
    until = clock.timestamp() + seconds
    wanted = {workspace.id: workspace for workspace in find_timed_workspaces()}
    present = set(schedule_group().names())
    waiting = sorted(name for name in present | wanted.keys() if name > after)
    report = Reconciliation(next=after)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for names in _portions(waiting):
            if clock.timestamp() >= until:
                return report
            for name, change in pool.map(
                lambda name: (name, _mend(name, wanted.get(name), present=name in present)), names
            ):
                report.checked += 1
                if change:
                    getattr(report, change).append(name)
            report.next = names[-1]
    report.next = None
    return report


def _portions(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _AT_ONCE):
        yield names[start : start + _AT_ONCE]


def _mend(name: str, workspace: Workspace | None, *, present: bool) -> str | None:
    """What had to be done for one name: "created", "moved", "removed" or nothing."""
    planned = _planned(workspace, clock.now())
    if workspace is None or planned is None:
        return _remove_orphan(name) if present else None
    found = schedule_group().find(name) if present else None
    same = found is not None and found.input == _input(workspace)
    if found and same and planned.agrees_with(found.expression, found.zone, found.start):
        return None
    sync_schedule(workspace.owner_id, workspace.id)
    get_logger().warning("schedule mended", extra={"workspace_id": name, "present": present})
    return "moved" if present else "created"


def _remove_orphan(name: str) -> str | None:
    """The index that lists workspaces is a little behind, so the table has the last word."""
    found = schedule_group().find(name)
    owner_id = _owner_in(found.input) if found else None
    if owner_id and ids.is_id("ws", name):
        workspace = find_workspace(owner_id, name)
        if _planned(workspace, clock.now()) is not None:
            return None
    get_logger().warning("orphaned schedule removed", extra={"workspace_id": name})
    return "removed" if schedule_group().delete(name) else None


def _owner_in(message: str) -> str | None:
    try:
        owner_id = json.loads(message)["owner_id"]
    except (ValueError, KeyError, TypeError):
        return None
    return owner_id if isinstance(owner_id, str) else None


def _plan_of(workspace: Workspace | None) -> tuple[str, ...] | None:
    """What the schedule depends on; runs change a workspace too."""
    if workspace is None or workspace.status != "active":
        return None
    trigger = (workspace.trigger_type, workspace.trigger_value, workspace.timezone)
    return (*trigger, workspace.anchor)


def _put(workspace: Workspace | None, workspace_id: str) -> None:
    planned = _planned(workspace, clock.now())
    if workspace is None or planned is None:
        schedule_group().delete(workspace_id)
        return
    schedule = Schedule(
        name=workspace_id,
        expression=planned.expression,
        zone=planned.zone,
        input=_input(workspace),
        start=planned.start,
    )
    schedule_group().put(schedule, exists=workspace.revision > 1)


def _planned(workspace: Workspace | None, now: datetime) -> Timetable | None:
    if workspace is None or workspace.status != "active":
        return None
    return timetable(trigger_of(workspace), now)


def _input(workspace: Workspace) -> str:
    message = {
        "kind": "firing",
        "owner_id": workspace.owner_id,
        "workspace_id": workspace.id,
        "scheduled_at": _SCHEDULED_TIME,
    }
    return json.dumps(message)
