"""Queues of jobs (decision 0148): without dead letters, a failed job is its owner's to retry."""

from datetime import datetime

from shared.core import clock
from shared.data.jobs import find_ready, find_standing
from shared.data.tasks import find_task

MOST_CANCELLED = 300
"""Jobs that one request cancels: some 30 ms each."""


def standing(queue: str, now: datetime) -> tuple[int, int, int, int]:
    """How many jobs wait, run, and are tried again; the oldest one's age in seconds."""
    found = find_standing(queue)
    age = (now - clock.parse(found.oldest)).total_seconds() if found.oldest else 0.0
    return found.waiting, found.running, found.again, max(0, int(age))


def cancel_waiting(queue: str) -> int:
    """Cancel up to `MOST_CANCELLED` jobs that wait, those whose turn is next first; how many.

    The order itself is left alone: a turn that comes to a cancelled job passes it over.
    """
    from shared.tasks.changes import cancel_task  # the ledger with it, for this alone

    cancelled = 0
    for job in find_ready(queue, MOST_CANCELLED):
        task = find_task(job.owner_id, job.task_id)
        if task and task.attempt == job.attempt and task.attempt_state == "waiting":
            cancelled += cancel_task(task) is not None
    return cancelled
