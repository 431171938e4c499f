"""Queues of jobs: what waits in its order, what runs in its slots, and the parts of a job.

Items of the tasks table (docs/database-design.md):

    JOBS#<queue>   READY#<9 - priority>#<time>#<task>   a job that waits; the key is the order
    JOBS#<queue>   RUNNING#<task>#<attempt>             a job that has a slot, until `until`
    JOBS#<queue>   SLOTS                                how many have one; how many ended, failed
    TASK#<task>    PART#<attempt>#<number>              what came of a part of a job
    MARK#<digest>  MARK                                 how an answer was marked by a rubric

A job has a slot from the transaction that takes it out of the order to the one that frees the
slot; both count, so the number of slots is exact whatever is delivered twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from shared.core import clock
from shared.data.queue_counts import count_one
from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import ConditionFailed, Transaction

Queue = Literal["ai_processing", "learning_processing", "default"]
QUEUES: tuple[Queue, ...] = ("ai_processing", "learning_processing", "default")
READY, SLOTS = "job.ready", "job.slots"
"""The parts of a transaction that takes a slot, for telling a failed condition."""

_TOP = 9
_KEEP_PARTS = timedelta(days=2)
_KEEP_MARKS = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Job:
    """An attempt of a task that waits for a slot, since `ready_at` (stored ISO text)."""

    queue: str
    priority: int
    ready_at: str
    task_id: str
    owner_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Of a queue: slots in use, and how many have ended, and failed."""

    running: int = 0
    ended: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Of a queue now: what waits and runs, what of both was tried before, the oldest's time."""

    waiting: int
    running: int
    again: int
    oldest: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """What came of one part of a job: `result`, or the `error` it ended with."""

    number: int
    result: Mapping[str, Any] | None
    error: Mapping[str, str] | None = None


class _Meta(TableMeta):
    table_name = TableOf("TASKS_TABLE")


class _Ready(Item):
    class Meta(_Meta):
        pass

    owner_id = UnicodeAttribute()
    attempt = NumberAttribute()


class _Running(Item):
    class Meta(_Meta):
        pass

    owner_id = UnicodeAttribute()
    until = UnicodeAttribute()


class _Slots(Item):
    class Meta(_Meta):
        pass

    running = NumberAttribute(default=0)
    ended = NumberAttribute(default=0)
    failed = NumberAttribute(default=0)
    seen_ended = NumberAttribute(default=0)
    seen_failed = NumberAttribute(default=0)
    seen_at = UnicodeAttribute(null=True)


class _PartItem(Item):
    class Meta(_Meta):
        pass

    result = JSONAttribute(null=True)
    error = JSONAttribute(null=True)


class _MarkItem(Item):
    class Meta(_Meta):
        pass

    mark = JSONAttribute()


def store_ready(transaction: Transaction, job: Job) -> None:
    """Let a job wait for its turn."""
    transaction.save(READY, _ready(job))


def find_ready(queue: str, limit: int | None = None) -> list[Job]:
    """The jobs whose turn is next: highest priority first, the oldest of it first."""
    rows = _Ready.query(
        _pk(queue), _Ready.sk.startswith("READY#"), consistent_read=True, limit=limit
    )
    return [_to_job(queue, item) for item in rows]


def find_standing(queue: str) -> Standing:
    """How the queue stands: a read of all that waits, and of at most a slot's items."""
    waiting = find_ready(queue)
    rows = _Running.query(_pk(queue), _Running.sk.startswith("RUNNING#"), consistent_read=True)
    attempts = [int(item.sk.rpartition("#")[2]) for item in rows]
    return Standing(
        waiting=len(waiting),
        running=len(attempts),
        again=sum(attempt > 1 for attempt in (*attempts, *(job.attempt for job in waiting))),
        oldest=min((job.ready_at for job in waiting), default=None),
    )


def drop_ready(job: Job) -> None:
    """Take a job out of the order whose task needs no slot any more."""
    _ready(job).delete()


def take_slot(transaction: Transaction, job: Job, slots: int, until: datetime) -> None:
    """Give a waiting job a slot: `READY` fails where another did, `SLOTS` where none is free."""
    transaction.delete(READY, _ready(job), _Ready.pk.exists())
    running = _Running(
        _pk(job.queue), _running_key(job.task_id, job.attempt),
        owner_id=job.owner_id, until=clock.iso_ms(until),
    )  # fmt: skip
    transaction.save("job.running", running)
    free = _Slots.running.does_not_exist() | (_Slots.running < slots)
    transaction.update(SLOTS, _Slots(_pk(job.queue), "SLOTS"), [_Slots.running.add(1)], free)


def free_slot(queue: str, task_id: str, attempt: int, *, failed: bool) -> bool:
    """Free the slot of an attempt that has ended, counted; False where it had none any more."""
    transaction = Transaction()
    held = _Running(_pk(queue), _running_key(task_id, attempt))
    transaction.delete("job.running", held, _Running.pk.exists())
    counted = [_Slots.running.add(-1), _Slots.ended.add(1), _Slots.failed.add(int(failed))]
    transaction.update(SLOTS, _Slots(_pk(queue), "SLOTS"), counted)
    count_one(transaction, queue, failed=failed)
    try:
        transaction.commit()
    except ConditionFailed:
        return False
    return True


def take_news(queue: str, since: datetime) -> Counts:
    """What has ended and failed since about that moment, and the slots in use now.

    The look at the counters that all later ones are compared with is kept until it is older.
    """
    item = find(_Slots, _pk(queue), "SLOTS")
    if item is None:
        return Counts()
    running, ended, failed = int(item.running), int(item.ended), int(item.failed)
    news = Counts(running, ended - int(item.seen_ended), failed - int(item.seen_failed))
    if news.ended and (item.seen_at or "") < clock.iso_ms(since):
        seen = [_Slots.seen_ended.set(ended), _Slots.seen_failed.set(failed)]
        item.update([*seen, _Slots.seen_at.set(clock.iso_ms(clock.now()))])
    return news


def find_outlived(queue: str, now: datetime) -> list[tuple[str, int]]:
    """Task and attempt of slots that are held longer than an attempt may take."""
    held = _Running.query(
        _pk(queue),
        _Running.sk.startswith("RUNNING#"),
        filter_condition=_Running.until < clock.iso_ms(now),
    )
    keys = (item.sk.split("#") for item in held)
    return [(task_id, int(attempt)) for _, task_id, attempt in keys]


def store_part(task_id: str, attempt: int, part: Part) -> None:
    """Keep what came of a part; the first answer stays."""
    until = int((clock.now() + _KEEP_PARTS).timestamp())
    item = _PartItem(
        f"TASK#{task_id}", _part_key(attempt, part.number),
        result=part.result, error=part.error, ttl=until,
    )  # fmt: skip
    _save_once(item)


def find_part(task_id: str, attempt: int, number: int) -> Part | None:
    """What came of a part, if it has ended."""
    item = find(_PartItem, f"TASK#{task_id}", _part_key(attempt, number))
    return Part(number, item.result, item.error) if item else None


def find_parts(task_id: str, attempt: int) -> list[Part]:
    """The parts of an attempt that have ended, by number."""
    prefix = _part_key(attempt, 0).rpartition("#")[0]
    rows = _PartItem.query(
        f"TASK#{task_id}", _PartItem.sk.startswith(f"{prefix}#"), consistent_read=True
    )
    return [Part(int(item.sk.rpartition("#")[2]), item.result, item.error) for item in rows]


def keep_mark(digest: str, mark: Mapping[str, Any]) -> Mapping[str, Any]:
    """Keep how an answer was marked; of two at once the first is everybody's."""
    until = int((clock.now() + _KEEP_MARKS).timestamp())
    if _save_once(_MarkItem(f"MARK#{digest}", "MARK", mark=dict(mark), ttl=until)):
        return mark
    return find_mark(digest) or mark


def find_mark(digest: str) -> Mapping[str, Any] | None:
    """How that answer was marked before."""
    item = find(_MarkItem, f"MARK#{digest}", "MARK")
    if item is None or (item.ttl or 0) < clock.timestamp():
        return None
    mark: Mapping[str, Any] = item.mark
    return mark


def _save_once(item: Item) -> bool:
    now = int(clock.timestamp())
    try:
        item.save(type(item).pk.does_not_exist() | (type(item).ttl < now))
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def _pk(queue: str) -> str:
    return f"JOBS#{queue}"


def _running_key(task_id: str, attempt: int) -> str:
    return f"RUNNING#{task_id}#{attempt}"


def _part_key(attempt: int, number: int) -> str:
    return f"PART#{attempt:03d}#{number:03d}"


def _ready(job: Job) -> _Ready:
    key = f"READY#{_TOP - job.priority}#{job.ready_at}#{job.task_id}"
    return _Ready(_pk(job.queue), key, owner_id=job.owner_id, attempt=job.attempt)


def _to_job(queue: str, item: _Ready) -> Job:
    _, order, ready_at, task_id = item.sk.split("#")
    return Job(queue, _TOP - int(order), ready_at, task_id, item.owner_id, int(item.attempt))
