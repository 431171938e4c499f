"""What happens to a task, each as one transaction with the money and the messages it moves.

    pending ─► processing ─► completed | failed | cancelled        (retry: failed ─► pending)

Every function decides on the task as it is stored; shared/tasks/writing.py writes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.core import clock
from shared.data.credits import PART as CREDITS
from shared.data.credits import CreditKind
from shared.data.ledger_lines import Line
from shared.data.tasks import AttemptState, Task, find_task, store_task
from shared.data.transaction import ConditionFailed, Transaction
from shared.tasks.payment import CreditsGone
from shared.tasks.port import Price
from shared.tasks.states import JOB_TIME_LIMIT, LEASE, deadline_of_new, ended, moved
from shared.tasks.writing import (
    change,
    promise_start,
    promise_webhook,
    reserve,
    take_task_credits,
)

_MOST_DELIVERIES = 20


@dataclass(frozen=True, slots=True)
class Draft:
    """A task to be: `id` and `call_id` decide whether a repeat is one."""

    id: str
    call_id: str
    owner_id: str
    type: str
    input: Mapping[str, Any]
    price: Price
    credit: CreditKind | None = None
    webhook_url: str | None = None
    queue: str | None = None
    priority: int = 0


def accept_task(draft: Draft, write_beside: Callable[[Transaction], None]) -> Task:
    """Store a task, hold its price and promise its start; a repeat gives the stored one.

    Raises:
        RateLimited: over a budget that blocks, `details.reason` is `budget`.
        CreditsGone: the owner has not enough credits any more.
    """
    transaction = Transaction()
    task = add_task(transaction, draft)
    write_beside(transaction)
    try:
        transaction.commit()
    except ConditionFailed as error:
        if error.names == {CREDITS}:
            raise CreditsGone from error
        stored = find_task(draft.owner_id, draft.id)
        if stored is None:
            raise
        return stored
    return task


def add_task(transaction: Transaction, draft: Draft) -> Task:
    """Add the parts that store a task, hold its price and promise its start.

    `commit` raises:
        RateLimited: over a budget that blocks, `details.reason` is `budget`.
    """
    price = draft.price
    held = reserve(
        transaction, draft.owner_id, price.amount_micro, price.covering_micro, draft.call_id
    )
    task = Task(
        id=draft.id,
        owner_id=draft.owner_id,
        type=draft.type,
        status="pending",
        input=draft.input,
        created_at=clock.iso_ms(clock.now()),
        deadline=deadline_of_new(draft.queue),
        call_id=held.call_id,
        budget_month=held.month,
        price_micro=held.amount_micro,
        price_version=price.version,
        provider=price.provider,
        model=price.model,
        credit=draft.credit,
        credits=price.credits,
        webhook_url=draft.webhook_url,
        queue=draft.queue,
        priority=draft.priority,
    )
    task = moved(task, "pending")
    store_task(transaction, task)
    take_task_credits(transaction, task)
    promise_start(transaction, task)
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
            moved(current, "processing"),
            attempt_state="submitting",
            lease_until=clock.iso_ms(now + LEASE),
            started_at=clock.iso_ms(now),
        )

    return change(task, leased)


def begin_job(task: Task) -> Task | None:
    """The job's turn has come: its 30 minutes begin. None where the attempt has ended."""

    def begun(current: Task) -> Task | None:
        if current.attempt != task.attempt or current.is_final:
            return None
        if current.attempt_state != "waiting":
            return current
        now = clock.now()
        return replace(
            moved(current, "processing"),
            attempt_state="working",
            deadline=clock.iso_ms(now + JOB_TIME_LIMIT),
            started_at=clock.iso_ms(now),
        )

    return change(task, begun)


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

    return change(task, submitted)


def complete_task(task: Task, result: Mapping[str, Any], line: Line | None) -> Task | None:
    """End a task with its result and charge what it cost; None where it has ended already.

    A job has no `line`: each of its calls was paid for by itself.
    """

    def completed(current: Task) -> Task | None:
        if current.attempt != task.attempt or current.is_final:
            return None
        return replace(ended(current, "completed", "ended"), result=result)

    return change(task, completed, [_charged(task, line)] if line else ())


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
        return ended(current, "failed", state, code=code, reason=reason)

    return change(task, failed)


def cancel_task(task: Task) -> Task | None:
    """End a task that has not ended and give the money back; None where it had."""
    return change(
        task, lambda current: None if current.is_final else ended(current, "cancelled", "ended")
    )


def retry_task(
    task: Task, call_id: str, price: Price, credit: CreditKind | None = None
) -> Task | None:
    """Begin a failed task again, at today's price; None where it is not `failed`.

    A repeat with the same `call_id` gives the task as it stands.

    Raises:
        RateLimited: over a budget that blocks, `details.reason` is `budget`.
        CreditsGone: the owner has not enough credits any more.
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
            deadline=deadline_of_new(current.queue),
            call_id=call_id,
            price_micro=price.amount_micro,
            price_version=price.version,
            provider=price.provider,
            model=price.model,
            credit=credit if price.credits else None,
            credits=price.credits,
            provider_task_id=None,
            started_at=None,
            finished_at=None,
            expires_at=None,
            error_code=None,
            error_reason=None,
        )
        return moved(again, "pending")

    return change(task, begun, covering_micro=price.covering_micro)


def note_delivery(task: Task, delivery: Mapping[str, Any]) -> Task | None:
    """Add an attempt to send the webhook to the task's log."""

    def noted(current: Task) -> Task:
        return replace(current, deliveries=(*current.deliveries, delivery)[-_MOST_DELIVERIES:])

    return change(task, noted)


def _charged(task: Task, line: Line) -> Line:
    """What is paid with credits is paid already: it costs the owner nothing now."""
    if not task.credits:
        return line
    return replace(line, cost_micro=0, price_version=task.price_version)


def resend_webhook(task: Task) -> None:
    """Promise the webhook of an ended task once more, under the id it had."""
    transaction = Transaction()
    promise_webhook(transaction, task)
    transaction.commit()
