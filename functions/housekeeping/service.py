"""The chores, each by itself: one that fails never stops the others."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from shared.chat.sweep import delete_remains, fail_silent_messages
from shared.core.observability import emit_metric, get_logger
from shared.core.sweep import sweep
from shared.data.outbox import Promise, find_overdue
from shared.documents.sweep import end_expired_documents
from shared.learning.deletion import delete_remains as delete_learning_remains
from shared.ledger.ledger import release_expired
from shared.messaging.dispatch import OUTBOX_TABLES, deliver
from shared.tasks.jobs import check_queues
from shared.tasks.sweep import end_overdue_tasks, remove_expired_tasks
from shared.workspaces.sweep import plan_overdue_workspaces, revive_neglected_runs

OVERDUE = timedelta(seconds=60)
Chore = Callable[[datetime], int]


class ChoresFailed(Exception):
    """Some chores failed; raised after all have run, so that the function's alarm sees it."""


def deliver_overdue(_: datetime) -> int:
    """Send what the streams missed: promises older than a minute, of every table.

    Raises:
        SweepFailed: some could not be sent; they are tried again in a minute.
    """
    overdue = ((table, each) for table in OUTBOX_TABLES for each in find_overdue(table, OVERDUE))
    return sweep(overdue, lambda found: deliver(found[0], found[1].id), _named)


def _named(overdue: tuple[str, Promise]) -> dict[str, str]:
    _, promised = overdue
    return {"promise_id": promised.id, "destination": promised.destination}


# What clients wait for comes first: a task has ended within a minute after its deadline.
CHORES: Mapping[str, Chore] = {
    "tasks_ended": end_overdue_tasks,
    "promises_delivered": deliver_overdue,
    "job_slots_mended": check_queues,
    "messages_failed": fail_silent_messages,
    "documents_ended": end_expired_documents,
    "tasks_removed": remove_expired_tasks,
    "moments_planned": plan_overdue_workspaces,
    "runs_revived": revive_neglected_runs,
    "reservations_released": release_expired,
    "sessions_removed": delete_remains,
    "courses_removed": delete_learning_remains,
}


def run_chores(now: datetime, chores: Mapping[str, Chore] = CHORES) -> dict[str, int]:
    """Run each chore and count what it put right.

    Raises:
        ChoresFailed: after the last chore, with the names of those that failed.
    """
    counts, failed = {}, []
    for name, chore in chores.items():
        try:
            counts[name] = chore(now)
        except Exception:
            get_logger().exception("chore failed", extra={"chore": name})
            emit_metric("ChoreFailed", chore=name)
            failed.append(name)
    get_logger().info("chores done", extra={"counts": counts})
    for name, count in counts.items():
        if count:
            emit_metric("ChoreDone", count, chore=name)
    if failed:
        raise ChoresFailed(", ".join(failed))
    return counts
