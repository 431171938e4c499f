"""What happens to a task, each as one transaction with the money and the messages it moves.

    pending ─► processing ─► completed | failed | cancelled        (retry: failed ─► pending)

A change is decided on the stored task and written only if that is still the same; one that meets
another is decided again. So of a cancel and a completion at the same instant one wins, and the
money follows the one that did.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from shared.core import clock
from shared.core.errors import ServiceUnavailable
from shared.data.ledger import Reservation
from shared.data.ledger_lines import Line
from shared.data.outbox import promise
from shared.data.tasks import (
    PART,
    AttemptState,
    Status,
    Task,
    find_task,
    store_task,
    update_task,
)
from shared.data.transaction import ConditionFailed, Transaction
from shared.ledger import ledger
from shared.tasks.port import Price

TIME_LIMIT = timedelta(minutes=10)
"""An attempt that has not ended by then fails with TIMEOUT (contract images.md)."""

LEASE = timedelta(seconds=130)
"""Longer than the worker may run: past it, the worker that held it is dead."""

KEPT = timedelta(days=30)
"""An ended task and its results are removed after this (contract images.md)."""

# The sweep gives the money back with the task; the ledger's own release is the last resort.
_HOLD = TIME_LIMIT + timedelta(minutes=5)
_CHANGES = 8
_LONGEST_HISTORY = 50
_MOST_DELIVERIES = 20

Decision = Callable[[Task], Task | None]


@dataclass(frozen=True, slots=True)
class Draft:
    """A task to be: `id` and `call_id` decide whether a repeat is one."""

    id: str
    call_id: str
    owner_id: str
    type: str
    input: Mapping[str, Any]
    price: Price
    webhook_url: str | None = None


def accept_task(draft: Draft) -> Task:
    """Store a task, hold its price and promise its start; a repeat gives the stored one.

    Raises:
        RateLimited: over a budget that blocks, `details.reason` is `budget`.
    """
    transaction = Transaction()
    held = _reserve(transaction, draft.owner_id, draft.price.amount_micro, draft.call_id)
    now = clock.now()
    task = Task(
        id=draft.id,
        owner_id=draft.owner_id,
        type=draft.type,
        status="pending",
        input=draft.input,
        created_at=clock.iso_ms(now),
        deadline=clock.iso_ms(now + TIME_LIMIT),
        call_id=held.call_id,
        budget_month=held.month,
        price_micro=held.amount_micro,
        price_version=draft.price.version,
        provider=draft.price.provider,
        model=draft.price.model,
        webhook_url=draft.webhook_url,
    )
    task = _moved(task, "pending")
    store_task(transaction, task)
    _promise_start(transaction, task)
    try:
        transaction.commit()
    except ConditionFailed:
        stored = find_task(draft.owner_id, draft.id)
        if stored is None:
            raise
        return stored
    return task


def lease_task(task: Task) -> Task | None:
    """Take the one right to submit the attempt; None where it is not to be had."""

    def leased(current: Task) -> Task | None:
        if current.attempt != task.attempt or current.attempt_state != "waiting":
            return None
        if current.is_final:
            return None
        now = clock.now()
        return replace(
            _moved(current, "processing"),
            attempt_state="submitting",
            lease_until=clock.iso_ms(now + LEASE),
            started_at=clock.iso_ms(now),
        )

    return _change(task, leased)


def keep_provider_id(task: Task, provider_task_id: str) -> Task | None:
    """Note the provider's id of the job; None where the task has ended meanwhile."""

    def submitted(current: Task) -> Task | None:
        if current.attempt != task.attempt or current.attempt_state != "submitting":
            return None
        return replace(
            current,
            attempt_state="submitted",
            lease_until=None,
            provider_task_id=provider_task_id,
        )

    return _change(task, submitted)


def complete_task(task: Task, result: Mapping[str, Any], line: Line) -> Task | None:
    """End a task with its result and charge what it cost; None where it has ended already."""

    def completed(current: Task) -> Task | None:
        if current.attempt != task.attempt or current.is_final:
            return None
        return replace(_ended(current, "completed", "ended"), result=result)

    return _change(task, completed, [line])


def fail_task(task: Task, code: str, reason: str = "", *, refused: bool = False) -> Task | None:
    """End this attempt of a task as failed and give the money back.

    One that was being submitted is `unknown` from now on, unless the provider has `refused` it
    and so surely has no job. None where the attempt has ended already.
    """

    def failed(current: Task) -> Task | None:
        if current.attempt != task.attempt or current.is_final:
            return None
        unknown = current.attempt_state == "submitting" and not refused
        state: AttemptState = "unknown" if unknown else "ended"
        ended = _ended(current, "failed", state, code=code, reason=reason)
        return replace(ended, error_code=code, error_reason=reason)

    return _change(task, failed)


def cancel_task(task: Task) -> Task | None:
    """End a task that has not ended and give the money back; None where it had."""
    return _change(
        task, lambda current: None if current.is_final else _ended(current, "cancelled", "ended")
    )


def retry_task(task: Task, call_id: str, price: Price) -> Task | None:
    """Begin a failed task again, at today's price; None where it is not `failed`.

    A repeat with the same `call_id` gives the task as it stands.

    Raises:
        RateLimited: over a budget that blocks, `details.reason` is `budget`.
    """

    def begun(current: Task) -> Task | None:
        if current.call_id == call_id:
            return current
        if current.status != "failed":
            return None
        again = replace(
            current,
            attempt=current.attempt + 1,
            attempt_state="waiting",
            deadline=clock.iso_ms(clock.now() + TIME_LIMIT),
            call_id=call_id,
            price_micro=price.amount_micro,
            price_version=price.version,
            provider=price.provider,
            model=price.model,
            provider_task_id=None,
            started_at=None,
            finished_at=None,
            expires_at=None,
            error_code=None,
            error_reason=None,
        )
        return _moved(again, "pending")

    return _change(task, begun)


def note_delivery(task: Task, delivery: Mapping[str, Any]) -> Task | None:
    """Add an attempt to send the webhook to the task's log."""

    def noted(current: Task) -> Task:
        return replace(current, deliveries=(*current.deliveries, delivery)[-_MOST_DELIVERIES:])

    return _change(task, noted)


def resend_webhook(task: Task) -> None:
    """Promise the webhook of an ended task once more, under the id it had."""
    transaction = Transaction()
    _promise_webhook(transaction, task)
    transaction.commit()


def _change(task: Task, decide: Decision, lines: Sequence[Line] = ()) -> Task | None:
    """Apply `decide` to the stored task until it is written; None where it gives None."""
    current: Task | None = task
    for _ in range(_CHANGES):
        new = decide(current) if current is not None else None
        if current is None or new is None or new is current:
            return new
        try:
            return _write(current, new, lines)
        except ConditionFailed as error:
            if PART not in error.names:
                raise
            current = find_task(task.owner_id, task.id)
    raise ServiceUnavailable


def _write(old: Task, new: Task, lines: Sequence[Line]) -> Task:
    transaction = Transaction()
    new = replace(new, revision=old.revision + 1)
    if new.attempt != old.attempt:
        held = _reserve(transaction, new.owner_id, new.price_micro, new.call_id)
        new = replace(new, budget_month=held.month)
        _promise_start(transaction, new)
    elif new.is_final and not old.is_final:
        _end(transaction, new, lines)
    update_task(transaction, old, new)
    transaction.commit()
    return new


def _end(transaction: Transaction, task: Task, lines: Sequence[Line]) -> None:
    if task.status == "completed":
        ledger.settle(transaction, task.held, lines)
    else:
        ledger.release(transaction, task.held)
    if task.webhook_url:
        _promise_webhook(transaction, task)


def _reserve(
    transaction: Transaction, owner_id: str, amount_micro: int, call_id: str
) -> Reservation:
    return ledger.reserve(
        transaction, user_id=owner_id, amount_micro=amount_micro, call_id=call_id, hold=_HOLD
    )


def _promise_start(transaction: Transaction, task: Task) -> None:
    body = {"task_id": task.id, "owner_id": task.owner_id, "attempt": task.attempt}
    promise(transaction, "TASKS_TABLE", "workflow:tasks", body)


def _promise_webhook(transaction: Transaction, task: Task) -> None:
    body = {"task_id": task.id, "owner_id": task.owner_id}
    promise(transaction, "TASKS_TABLE", "workflow:webhooks", body)


def _ended(
    task: Task, status: Status, state: AttemptState, code: str = "", reason: str = ""
) -> Task:
    now = clock.now()
    told = {"attempt_state": state, **({"code": code, "reason": reason} if code else {})}
    return replace(
        _moved(task, status, **told),
        attempt_state=state,
        lease_until=None,
        finished_at=clock.iso_ms(now),
        expires_at=clock.iso_ms(now + KEPT),
    )


def _moved(task: Task, status: Status, **told: str) -> Task:
    entry = {"at": clock.iso(clock.now()), "status": status, "attempt": task.attempt, **told}
    history = (*task.history, entry)[-_LONGEST_HISTORY:]
    return replace(task, status=status, history=history)
