"""What housekeeping does for tasks: whatever died is ended, whatever is old is removed."""

from datetime import datetime

from shared.data.tasks import Task, delete_task, find_expired_tasks, find_overdue_tasks
from shared.data.transaction import ConditionFailed, Transaction
from shared.tasks.changes import fail_task
from shared.tasks.results import delete_files

_AT_ONCE = 100


def end_overdue_tasks(now: datetime) -> int:
    """Fail tasks whose deadline has passed and give their money back, at most 100 a call.

    It runs every minute, so nothing is in an unfinished state longer than deadline + 60 s.
    """
    return sum(_end(task) for task in find_overdue_tasks(now, _AT_ONCE))


def remove_expired_tasks(now: datetime) -> int:
    """Remove ended tasks and their files when their 30 days are over, at most 100 a call."""
    return sum(remove_task(task) for task in find_expired_tasks(now, _AT_ONCE))


def remove_task(task: Task) -> bool:
    """Delete files and task; False where it has changed meanwhile."""
    delete_files(task.owner_id, task.id)
    transaction = Transaction()
    delete_task(transaction, task)
    try:
        transaction.commit()
    except ConditionFailed:
        return False
    return True


def _end(task: Task) -> bool:
    submitting = task.attempt_state == "submitting"
    return fail_task(task, "TIMEOUT", "attempt_unknown" if submitting else "deadline") is not None
