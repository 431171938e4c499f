"""The states of a task and how long they last; nothing here reads or writes the store."""

from dataclasses import replace
from datetime import timedelta

from shared.core import clock
from shared.data.tasks import AttemptState, Status, Task

TIME_LIMIT = timedelta(minutes=10)
"""An attempt that has not ended by then fails with TIMEOUT (contract images.md)."""

JOB_TIME_LIMIT = timedelta(minutes=30)
"""A job that has begun and not ended by then fails with TIMEOUT (contract learning.md)."""

TURN_LIMIT = timedelta(hours=24)
"""A job whose turn has not come by then fails with TIMEOUT."""

LEASE = timedelta(seconds=130)
"""Longer than the worker may run: past it, the worker that held it is dead."""

KEPT = timedelta(days=30)
"""An ended task and its results are removed after this (contract images.md)."""

_LONGEST_HISTORY = 50


def deadline_of_new(queue: str | None) -> str:
    """When an attempt is too late that waits from now on, as stored ISO text."""
    return clock.iso_ms(clock.now() + (TURN_LIMIT if queue else TIME_LIMIT))


def moved(task: Task, status: Status, **told: str) -> Task:
    """The task with that status, and a line about it in its history."""
    entry = {"at": clock.iso(clock.now()), "status": status, "attempt": task.attempt, **told}
    history = (*task.history, entry)[-_LONGEST_HISTORY:]
    return replace(task, status=status, history=history)


def ended(
    task: Task, status: Status, state: AttemptState, code: str = "", reason: str = ""
) -> Task:
    """The task in a final status, its attempt in `state`; `code` and `reason` say why it failed."""
    now = clock.now()
    told = {"attempt_state": state, **({"code": code, "reason": reason} if code else {})}
    return replace(
        moved(task, status, **told),
        attempt_state=state,
        lease_until=None,
        finished_at=clock.iso_ms(now),
        expires_at=clock.iso_ms(now + KEPT),
        error_code=code or None,
        error_reason=reason if code else None,
    )
