"""Tasks of an owner: one item each, their number beside them.

Items of the tasks table (docs/database-design.md):

    TASKS#<owner>   TASK#<id>   the task; in gsi1 under OPEN_TASKS by its deadline until it ends,
                                then under ENDED_TASKS by the moment its results are removed
    TASKS#<owner>   ~TOTAL      how many there are
    TASK#<id>       OWNER       whose it is, for callers who know the id only (admins)

`~` sorts after every id: one newest-first query gives the total and then the tasks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.core import clock
from shared.data.credits import CreditKind
from shared.data.ledger import Reservation
from shared.data.table import Gsi1, Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

Status = Literal["pending", "processing", "completed", "failed", "cancelled"]
AttemptState = Literal["waiting", "submitting", "submitted", "working", "unknown", "ended"]
OPEN = "OPEN_TASKS"
ENDED = "ENDED_TASKS"
PART = "task"
"""The name of the task's part in a transaction, for telling a failed condition."""

_TOTAL = "~TOTAL"
_FINAL = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task.

    Attributes:
        input: what its type made of the caller's input; plain JSON.
        attempt: 1, and one more with each retry. Each has a ledger call and a deadline.
        attempt_state: `submitting` while a worker holds `lease_until`; `unknown` when that worker
            died, so that nobody can tell whether the provider has the job.
        credit: what the attempt is paid with in place of money, `credits` of them.
        queue: where a job waits for its turn, 0–9 being its `priority`; None for what a provider
            works on, which starts at once.
        provider_task_id: opaque, what the provider is asked with.
        result: plain JSON with the keys of its files in place of their links.
        history: what happened, oldest first: `{"at", "status", "attempt", ...}`.
        expires_at: when an ended task is removed.
        deliveries: attempts to send its webhook, oldest first.
        revision: counts its changes; times are stored ISO texts.
    """

    id: str
    owner_id: str
    type: str
    status: Status
    input: Mapping[str, Any]
    created_at: str
    deadline: str
    call_id: str
    budget_month: str
    price_micro: int
    price_version: str
    provider: str
    model: str
    credit: CreditKind | None = None
    credits: int = 0
    queue: str | None = None
    priority: int = 0
    attempt: int = 1
    attempt_state: AttemptState = "waiting"
    lease_until: str | None = None
    provider_task_id: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    expires_at: str | None = None
    result: Mapping[str, Any] | None = None
    error_code: str | None = None
    error_reason: str | None = None
    webhook_url: str | None = None
    history: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    deliveries: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    revision: int = 1

    @property
    def is_final(self) -> bool:
        """Whether it is completed, failed or cancelled."""
        return self.status in _FINAL

    @property
    def held(self) -> Reservation:
        """What the ledger holds for the attempt under way."""
        return Reservation(self.call_id, self.owner_id, self.budget_month, self.price_micro)


@dataclass(frozen=True, slots=True)
class TaskList:
    """A list, newest first, read as far as it is iterated; `total` covers all of it."""

    total: int
    tasks: Iterator[Task]


class _TasksMeta(TableMeta):
    table_name = TableOf("TASKS_TABLE")


class _TaskItem(Item):
    """Total and tasks in one class, since one query reads both."""

    class Meta(_TasksMeta):
        pass

    gsi1 = Gsi1()
    total = NumberAttribute(null=True)
    type = UnicodeAttribute(null=True)
    status = UnicodeAttribute(null=True)
    input = JSONAttribute(null=True)
    created_at = UnicodeAttribute(null=True)
    deadline = UnicodeAttribute(null=True)
    call_id = UnicodeAttribute(null=True)
    budget_month = UnicodeAttribute(null=True)
    price_micro = NumberAttribute(null=True)
    price_version = UnicodeAttribute(null=True)
    provider = UnicodeAttribute(null=True)
    model = UnicodeAttribute(null=True)
    credit = UnicodeAttribute(null=True)
    credits = NumberAttribute(null=True)
    queue = UnicodeAttribute(null=True)
    priority = NumberAttribute(null=True)
    attempt = NumberAttribute(null=True)
    attempt_state = UnicodeAttribute(null=True)
    lease_until = UnicodeAttribute(null=True)
    provider_task_id = UnicodeAttribute(null=True)
    started_at = UnicodeAttribute(null=True)
    finished_at = UnicodeAttribute(null=True)
    expires_at = UnicodeAttribute(null=True)
    result = JSONAttribute(null=True)
    error_code = UnicodeAttribute(null=True)
    error_reason = UnicodeAttribute(null=True)
    webhook_url = UnicodeAttribute(null=True)
    history = JSONAttribute(null=True)
    deliveries = JSONAttribute(null=True)
    revision = NumberAttribute(null=True)


class _OwnerItem(Item):
    class Meta(_TasksMeta):
        pass

    owner_id = UnicodeAttribute()


def find_task(owner_id: str, task_id: str) -> Task | None:
    """An owner's task: one consistent GetItem."""
    item = find(_TaskItem, _owner_key(owner_id), _key(task_id))
    return _to_task(item) if item else None


def find_owner(task_id: str) -> str | None:
    """Whose task that is; None where there is none."""
    item = find(_OwnerItem, f"TASK#{task_id}", "OWNER")
    return item.owner_id if item else None


def find_tasks(owner_id: str, at_most: int | None = None) -> TaskList:
    """An owner's tasks, strongly consistent; `at_most` is how many will be read, if known."""
    rows = _TaskItem.query(
        _owner_key(owner_id),
        consistent_read=True,
        scan_index_forward=False,
        page_size=at_most and at_most + 1,
    )
    first = next(rows, None)
    if first is None or first.sk != _TOTAL:  # the total exists as soon as one task does
        return TaskList(0, iter(()))
    return TaskList(int(first.total or 0), (_to_task(row) for row in rows))


def find_overdue_tasks(now: datetime, limit: int) -> list[Task]:
    """Unfinished tasks whose deadline has passed, the oldest first."""
    return _find_before(OPEN, now, limit)


def find_expired_tasks(now: datetime, limit: int) -> list[Task]:
    """Ended tasks whose time to be kept is over, the oldest first."""
    return _find_before(ENDED, now, limit)


def store_task(transaction: Transaction, task: Task) -> None:
    """Add a task; the part `PART` fails where the id exists."""
    transaction.create(PART, _to_item(task))
    transaction.save("owner", _OwnerItem(f"TASK#{task.id}", "OWNER", owner_id=task.owner_id))
    _count(transaction, task.owner_id, 1)


def update_task(transaction: Transaction, old: Task, new: Task) -> None:
    """Put a task in the place of the one that was read; `PART` fails if that has changed.

    `new.revision` must be `old.revision + 1`.
    """
    transaction.save(PART, _to_item(new), _unchanged(old))


def delete_task(transaction: Transaction, task: Task) -> None:
    """Remove the task that was read; `PART` fails if it has changed."""
    item = _TaskItem(_owner_key(task.owner_id), _key(task.id))
    transaction.delete(PART, item, _unchanged(task))
    transaction.delete("owner", _OwnerItem(f"TASK#{task.id}", "OWNER"))
    _count(transaction, task.owner_id, -1)


def delete_total(owner_id: str) -> None:
    """Remove the counter of an owner whose tasks are all gone."""
    _TaskItem(_owner_key(owner_id), _TOTAL).delete()


def _find_before(partition: str, now: datetime, limit: int) -> list[Task]:
    rows = _TaskItem.gsi1.query(partition, Gsi1.gsi1sk < clock.iso_ms(now), limit=limit)
    return [_to_task(item) for item in rows]


def _unchanged(task: Task) -> Condition:
    return _TaskItem.revision == task.revision


def _count(transaction: Transaction, owner_id: str, number: int) -> None:
    actions: list[Action] = [_TaskItem.total.add(number)]
    transaction.update("total", _TaskItem(_owner_key(owner_id), _TOTAL), actions)


def _owner_key(owner_id: str) -> str:
    return f"TASKS#{owner_id}"


def _key(task_id: str) -> str:
    return f"TASK#{task_id}"


_SAME_NAMED = (
    "type", "status", "input", "created_at", "deadline", "call_id", "budget_month",
    "price_version", "provider", "model", "attempt_state", "lease_until", "provider_task_id",
    "started_at", "finished_at", "expires_at", "result", "error_code", "error_reason",
    "webhook_url", "credit", "queue",
)  # fmt: skip
_NUMBERS = ("price_micro", "credits", "priority", "attempt", "revision")


def _to_item(task: Task) -> _TaskItem:
    values: dict[str, Any] = {name: getattr(task, name) for name in _SAME_NAMED + _NUMBERS}
    values |= {"history": list(task.history), "deliveries": list(task.deliveries)}
    item = _TaskItem(_owner_key(task.owner_id), _key(task.id), **values)
    if not task.is_final:
        item.gsi1pk, item.gsi1sk = OPEN, f"{task.deadline}#{task.id}"
    elif task.expires_at:
        item.gsi1pk, item.gsi1sk = ENDED, f"{task.expires_at}#{task.id}"
    return item


def _to_task(item: _TaskItem) -> Task:
    values: dict[str, Any] = {name: getattr(item, name) for name in _SAME_NAMED}
    values |= {name: int(cast(float, getattr(item, name) or 0)) for name in _NUMBERS}
    return Task(
        id=item.sk.removeprefix("TASK#"),
        owner_id=item.pk.removeprefix("TASKS#"),
        history=tuple(item.history or ()),
        deliveries=tuple(item.deliveries or ()),
        **values,
    )
