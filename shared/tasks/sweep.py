"""What housekeeping does for tasks: whatever died is ended, whatever is old is removed."""

from datetime import datetime

from shared.core.sweep import sweep
from shared.data.tasks import Task, delete_task, find_expired_tasks, find_overdue_tasks
from shared.data.transaction import ConditionFailed, Transaction
from shared.tasks.changes import fail_task
from shared.tasks.results import delete_files

# About 30 ms each, within the minute that housekeeping has; removals are in no hurry.
_ENDED_AT_ONCE = 500
_REMOVED_AT_ONCE = 100


def end_overdue_tasks(now: datetime) -> int:
    """Fail tasks whose deadline has passed and give their money back, at most 500 a call.

    It runs every minute, so nothing is in an unfinished state longer than deadline + 60 s.

    Raises:
        SweepFailed: some could not be ended; all others are.
    """
    return sweep(find_overdue_tasks(now, _ENDED_AT_ONCE), _end, _named)


def remove_expired_tasks(now: datetime) -> int:
    """Remove ended tasks and their files when their 30 days are over, at most 100 a call.

    Raises:
        SweepFailed: some could not be removed; all others are.
    """
    return sweep(find_expired_tasks(now, _REMOVED_AT_ONCE), remove_task, _named)


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


def _named(task: Task) -> dict[str, str]:
    return {"task_id": task.id}
