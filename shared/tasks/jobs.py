"""Jobs take turns: so many of a queue run at once, the highest priority first (decision 0148).

What is accepted waits in its queue's order. Whoever adds to the order or frees a slot promises
`jobs` in the same transaction, and what delivers the promise fills the free slots: nothing polls.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from shared.core import clock
from shared.core.observability import get_logger
from shared.data.jobs import (
    QUEUES,
    READY,
    SLOTS,
    Job,
    drop_ready,
    find_outlived,
    find_ready,
    free_slot,
    store_ready,
    take_news,
    take_slot,
)
from shared.data.outbox import promise
from shared.data.tasks import Task, find_task
from shared.data.transaction import ConditionFailed, Transaction

SLOTS_OF_A_QUEUE = 200
"""How many of a queue's jobs are in progress at once."""

_HELD = timedelta(minutes=35)  # an attempt's 30 minutes, and what ends it a minute later
_WAITS_TOO_LONG = timedelta(minutes=15)
_LOOKED_BACK = timedelta(minutes=10)
_MANY = 1000
_MANY_FAILURES = 5


class QueuesUnhealthy(Exception):
    """Jobs wait too long (`backlog`) or most of them fail (`failures`), by queue."""


def promise_turn(transaction: Transaction, task: Task) -> None:
    """Let the task's attempt wait for a slot, and promise that free ones are filled."""
    job = Job(
        queue=task.queue or QUEUES[-1],
        priority=task.priority,
        ready_at=clock.iso_ms(clock.now()),
        task_id=task.id,
        owner_id=task.owner_id,
        attempt=task.attempt,
    )
    store_ready(transaction, job)
    promise(transaction, "TASKS_TABLE", "jobs", {"queue": job.queue, "owner_id": task.owner_id})


def promise_end(transaction: Transaction, task: Task) -> None:
    """Promise that the slot of an attempt that ends now is free for the next one."""
    body = {
        "queue": task.queue,
        "owner_id": task.owner_id,
        "ended": {
            "task_id": task.id,
            "attempt": task.attempt,
            "failed": task.status == "failed",
        },
    }
    promise(transaction, "TASKS_TABLE", "jobs", body)


def start_jobs(queue: str, slots: int | None = None) -> int:
    """Fill the free slots of a queue; returns how many jobs got one.

    The order is read anew for each of them, so one that came a moment ago with a higher priority
    is the next. It can run any number of times at once.
    """
    started = 0
    while waiting := find_ready(queue, 1):
        job = waiting[0]
        if not _is_wanted(job):
            drop_ready(job)
            continue
        try:
            _start(job, slots or SLOTS_OF_A_QUEUE)
        except ConditionFailed as error:
            if SLOTS in error.names:
                break
            if READY not in error.names:
                raise
            continue
        started += 1
    return started


def end_job(queue: str, task_id: str, attempt: int, *, failed: bool) -> None:
    """Free the slot of an attempt that has ended, if it has one."""
    free_slot(queue, task_id, attempt, failed=failed)


def check_queues(now: datetime) -> int:
    """The minute's health check of every queue; returns how many slots it had to mend.

    What is wrong is raised, so that the function's error alarm sees it: an alarm of its own would
    cost all month, a metric of a healthy queue too.

    Raises:
        QueuesUnhealthy: after every queue was dealt with.
    """
    mended, complaints = 0, []
    for queue in QUEUES:
        for task_id, attempt in find_outlived(queue, now):
            mended += free_slot(queue, task_id, attempt, failed=True)
        waiting = find_ready(queue, _MANY)
        complaints += [f"{queue}: {reason}" for reason in _complaints(queue, waiting, now)]
        if waiting:
            start_jobs(queue)
    if complaints:
        raise QueuesUnhealthy(", ".join(complaints))
    return mended


def _complaints(queue: str, waiting: Sequence[Job], now: datetime) -> Iterator[str]:
    news = take_news(queue, now - _LOOKED_BACK)
    if news.ended or waiting:
        extra = {
            "queue": queue,
            "waiting": len(waiting),
            "running": news.running,
            "ended": news.ended,
            "failed": news.failed,
        }
        get_logger().info("queue seen", extra=extra)
    if waiting and now - min(clock.parse(job.ready_at) for job in waiting) > _WAITS_TOO_LONG:
        yield "backlog"
    if news.failed >= _MANY_FAILURES and 2 * news.failed >= news.ended:
        yield "failures"


def _is_wanted(job: Job) -> bool:
    task = find_task(job.owner_id, job.task_id)
    return (
        task is not None
        and not task.is_final
        and (task.attempt, task.attempt_state) == (job.attempt, "waiting")
    )


def _start(job: Job, slots: int) -> None:
    transaction = Transaction()
    take_slot(transaction, job, slots, clock.now() + _HELD)
    body = {"task_id": job.task_id, "owner_id": job.owner_id, "attempt": job.attempt}
    promise(transaction, "TASKS_TABLE", "workflow:jobs", body)
    transaction.commit()
