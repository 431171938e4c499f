"""How a change of a task is written: one transaction with the money and messages it moves.

A change is decided on the stored task and written only if that is still the same; one that meets
another is decided again. So of a cancel and a completion at the same instant one wins, and the
money follows the one that did.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from shared.data.changing import change_stored
from shared.data.credits import PART as CREDITS
from shared.data.credits import add_credits, take_credits
from shared.data.ledger import Reservation
from shared.data.ledger_lines import Line
from shared.data.outbox import promise
from shared.data.tasks import PART, Task, find_task, update_task
from shared.data.transaction import ConditionFailed, Transaction
from shared.ledger import ledger
from shared.tasks.jobs import promise_end, promise_turn
from shared.tasks.payment import CreditsGone

Decision = Callable[[Task], Task | None]


def change(
    task: Task, decide: Decision, lines: Sequence[Line] = (), *, covering_micro: int = 0
) -> Task | None:
    """Apply `decide` to the stored task until it is written; None where it gives None.

    A task that ends settles `lines` if it is completed and gives its money back if not; one that
    begins a new attempt reserves the price again and wants its budget to cover so much.

    Raises:
        RateLimited: over a budget that blocks, `details.reason` is `budget`.
        CreditsGone: a new attempt was to take more credits than there are.
        ServiceUnavailable: others changed the task again and again meanwhile.
    """
    write = partial(_write, lines=lines, covering_micro=covering_micro)
    return change_stored(task, decide, write, partial(_read_again, task))


def reserve(
    transaction: Transaction, owner_id: str, amount_micro: int, covering_micro: int, call_id: str
) -> Reservation:
    """Hold an attempt's price.

    The sweep gives it back with the task; the ledger's own release is the last resort.
    """
    return ledger.reserve(
        transaction,
        user_id=owner_id,
        amount_micro=amount_micro,
        call_id=call_id,
        covering_micro=covering_micro,
    )


def take_task_credits(transaction: Transaction, task: Task) -> None:
    """Take what the attempt is paid with; it comes back with a task that gives no result."""
    if task.credit:
        take_credits(transaction, task.owner_id, {task.credit: task.credits})


def promise_start(transaction: Transaction, task: Task) -> None:
    """Promise the workflow of the task's attempt, a job's when its turn comes."""
    if task.queue:
        promise_turn(transaction, task)
        return
    body = {"task_id": task.id, "owner_id": task.owner_id, "attempt": task.attempt}
    promise(transaction, "TASKS_TABLE", "workflow:tasks", body)


def promise_webhook(transaction: Transaction, task: Task) -> None:
    """Promise that the task's receiver is told."""
    body = {"task_id": task.id, "owner_id": task.owner_id}
    promise(transaction, "TASKS_TABLE", "workflow:webhooks", body)


def _read_again(task: Task, failure: ConditionFailed) -> Task | None:
    if failure.names == {CREDITS}:
        raise CreditsGone from failure
    if PART not in failure.names:
        raise failure
    return find_task(task.owner_id, task.id)


def _write(old: Task, new: Task, *, lines: Sequence[Line], covering_micro: int) -> Task:
    transaction = Transaction()
    new = replace(new, revision=old.revision + 1)
    if new.attempt != old.attempt:
        held = reserve(transaction, new.owner_id, new.price_micro, covering_micro, new.call_id)
        new = replace(new, budget_month=held.month)
        take_task_credits(transaction, new)
        promise_start(transaction, new)
    elif new.is_final and not old.is_final:
        _end(transaction, new, lines)
    update_task(transaction, old, new)
    transaction.commit()
    return new


def _end(transaction: Transaction, task: Task, lines: Sequence[Line]) -> None:
    if task.status == "completed" and lines:
        ledger.settle(transaction, task.held, lines)
    else:
        ledger.release(transaction, task.held)
        if task.credit and task.status != "completed":
            add_credits(transaction, task.owner_id, {task.credit: task.credits})
    if task.queue:
        promise_end(transaction, task)
    if task.webhook_url:
        promise_webhook(transaction, task)
