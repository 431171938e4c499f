"""What an administrator sees of the queues and does with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from functions.queues import jobs
from functions.queues.errors import (
    JobsAreRetried,
    NothingToRedriveTo,
    QueueNotFound,
    RedriveInProgress,
    just_purged,
    not_confirmed,
)
from functions.queues.settings import Queue, QueuesSettings
from shared.aws.queue_admin import (
    Depth,
    PurgeRunning,
    RedriveRunning,
    SeenMessage,
    oldest_ages,
    peek,
    purge_queue,
    queue_depth,
    start_redrive,
)
from shared.core import clock
from shared.data.jobs import QUEUES as JOB_QUEUES
from shared.data.queue_counts import DayCount, count_retries, delete_retries, find_counts

DAYS = 30
"""How many UTC days the counters tell of, today's with them."""

MOST_SEEN = 100
"""Dead letters that are looked at: each may have a megabyte."""

Which = Literal["all", "archived"]


@dataclass(frozen=True, slots=True)
class Status:
    """How a queue stands; `days` are all of the last `DAYS`, oldest first."""

    name: str
    redrivable: bool
    depth: Depth
    retry: int
    archived: int
    days: Sequence[DayCount]
    oldest_age_s: int | None


def list_queues() -> list[Status]:
    """Every queue, in the order of the settings; then those of jobs."""
    queues = QueuesSettings.from_env().queues
    ages = oldest_ages([queue.url for queue in queues if queue.url])
    return [*(_status(queue, ages) for queue in queues), *map(_status_of_jobs, JOB_QUEUES)]


def _status(queue: Queue, ages: dict[str, int]) -> Status:
    depth = queue_depth(queue.url) if queue.url else Depth(0, 0)
    empty = depth.waiting + depth.hidden == 0
    return Status(
        name=queue.name,
        redrivable=queue.url is not None,
        depth=depth,
        # Nobody tells of a message that SQS dropped after its retention period.
        retry=0 if empty else min(count_retries(queue.name), depth.waiting + depth.hidden),
        archived=queue_depth(queue.dead_letters_url).waiting,
        days=_days(queue.name, clock.now().date()),
        oldest_age_s=0 if empty else ages.get(queue.url or ""),
    )


def _status_of_jobs(name: str) -> Status:
    now = clock.now()
    waiting, running, again, oldest_age_s = jobs.standing(name, now)
    return Status(
        name=name,
        redrivable=False,
        depth=Depth(waiting, running),
        retry=again,
        archived=0,
        days=_days(name, now.date()),
        oldest_age_s=oldest_age_s,
    )


def _days(name: str, today: date) -> list[DayCount]:
    first = today - timedelta(days=DAYS - 1)
    found = {count.day: count for count in find_counts(name, first)}
    days = (first + timedelta(days=after) for after in range(DAYS))
    return [found.get(day) or DayCount(day, 0, 0) for day in days]


def look_at_dead_letters(name: str) -> list[SeenMessage]:
    """Dead letters, newest first, at most `MOST_SEEN`; they stay. Raises QueueNotFound."""
    if name in JOB_QUEUES:
        return []
    seen = peek(_find(name).dead_letters_url, MOST_SEEN)
    return sorted(seen, key=lambda message: message.sent_ms, reverse=True)


def redrive(name: str) -> int:
    """Put the dead letters back into their queue; about how many there are.

    Raises:
        QueueNotFound: no such queue.
        NothingToRedriveTo: it is no queue that messages came from.
        JobsAreRetried: it is a queue of jobs.
        RedriveInProgress: they are being moved already.
    """
    if name in JOB_QUEUES:
        raise JobsAreRetried
    queue = _find(name)
    if queue.url is None:
        raise NothingToRedriveTo
    archived = queue_depth(queue.dead_letters_url).waiting
    try:
        start_redrive(queue.dead_letters_url, queue.url)
    except RedriveRunning as error:
        raise RedriveInProgress from error
    return archived


def purge(name: str, confirm: str | None, which: Which) -> int:
    """Delete a queue's dead letters, or all of its messages; about how many there were.

    Of jobs those that wait are cancelled, so that their owners see it, some hundreds at a time.

    Raises:
        QueueNotFound: no such queue.
        InvalidRequest: `confirm` is not its name.
        RateLimited: it was purged within the last minute.
    """
    queue = None if name in JOB_QUEUES else _find(name)
    if confirm != name:
        raise not_confirmed(name)
    if queue is None:
        return jobs.cancel_waiting(name) if which == "all" else 0
    count = _purged(queue.dead_letters_url)
    if queue.url and which == "all":
        count += _purged(queue.url)
        delete_retries(queue.name)
    return count


def _purged(url: str) -> int:
    depth = queue_depth(url)
    try:
        purge_queue(url)
    except PurgeRunning as error:
        raise just_purged() from error
    return depth.waiting + depth.hidden


def _find(name: str) -> Queue:
    for queue in QueuesSettings.from_env().queues:
        if queue.name == name:
            return queue
    raise QueueNotFound
