"""Attempts at a run, each change one transaction with the workspace, the money, the messages."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.chat.ending import Ending, settle_calls
from shared.core import clock
from shared.core.errors import AppError
from shared.data.companies import count_in_company, part_of
from shared.data.outcomes import Outcome, store_outcome
from shared.data.transaction import Transaction
from shared.data.workspace_runs import Reason, Run, find_run
from shared.data.workspaces import AsyncStatus, Workspace, find_workspace
from shared.ledger import ledger
from shared.workspaces.changes import (
    ended,
    look_at,
    put_run,
    put_workspace,
    until_written,
    without_run,
)
from shared.workspaces.promises import promise_run

ATTEMPTS = 3
"""The first and two more (contract workspaces.md)."""

LEASE = timedelta(seconds=60)
"""A running attempt that gives no sign of life for so long is dead."""

_FIRST_WAIT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a run, as its message names it."""

    owner_id: str
    workspace_id: str
    run_id: str
    number: int


def find_attempt(attempt: Attempt) -> tuple[Workspace, Run] | None:
    """The workspace and the run of an attempt that is still to be made; None for any other."""
    workspace = find_workspace(attempt.owner_id, attempt.workspace_id)
    run = find_run(attempt.workspace_id, attempt.run_id)
    if workspace is None or run is None or workspace.active_run != run.id:
        return None
    due = run.status == "queued" and run.attempts == attempt.number - 1
    return (workspace, run) if due else None


def start_attempt(attempt: Attempt, amount_micro: int, call_id: str) -> Run | None:
    """Begin an attempt and hold its money; None where it is not to be made (any more).

    Raises:
        RateLimited: over a budget that blocks, `details.reason` is `budget`.
    """

    def step() -> Run | None:
        found = find_attempt(attempt)
        if found is None:
            return None
        workspace, run = found
        now = clock.iso_ms(clock.now())
        transaction = Transaction()
        held = ledger.reserve(
            transaction,
            user_id=run.owner_id,
            amount_micro=amount_micro,
            call_id=call_id,
        )
        running = replace(
            run,
            status="running",
            attempts=attempt.number,
            started_at=run.started_at or now,
            check_at=lease_end(),
            not_before=None,
            call_id=held.call_id,
            budget_month=held.month,
            held_micro=held.amount_micro,
            error_code=None,
            error_reason=None,
        )
        running = put_run(transaction, run, running)
        put_workspace(
            transaction, workspace, replace(workspace, async_status="running", last_run_at=now)
        )
        transaction.commit()
        return running

    return until_written(step)


def lease_end() -> str:
    """Until when a sign of life given now holds."""
    return clock.iso_ms(clock.now() + LEASE)


def succeed(run: Run, ending: Ending, outcome: Outcome) -> bool:
    """End a run with its outcome; False where it was ended by somebody else meanwhile.

    The money of its calls is counted in either case.
    """
    done = replace(
        _counted(ended(run, status="succeeded"), ending),
        outcome_id=outcome.id,
        finished_at=outcome.created_at,
    )

    def add(transaction: Transaction, workspace: Workspace) -> Workspace:
        store_outcome(transaction, outcome)
        count_in_company(transaction, run.owner_id, outcome.company_id, outcomes=1)
        counts = dict(workspace.outcome_counts)
        counts[outcome.company_id] = counts.get(outcome.company_id, 0) + 1
        _forgive_missing_company(transaction, outcome.company_id)
        return replace(workspace, outcome_counts=counts)

    return _end(run, done, "succeeded", ending, add)


def fail(run: Run, error: AppError, ending: Ending | None, *, final: bool) -> bool:
    """End an attempt that failed: the run is tried again later, or ends as `failed`.

    False where the run was ended by somebody else meanwhile; the money of its calls is counted
    in either case.
    """
    run_now = _counted(_told(run, error), ending)
    if final or run.attempts >= ATTEMPTS:
        return _end(run, ended(run_now, status="failed"), "failed", ending)
    later = clock.now() + _FIRST_WAIT * 4 ** (run.attempts - 1)
    waiting = replace(
        ended(run_now, status="queued"),
        finished_at=None,
        not_before=clock.iso_ms(later),
        check_at=look_at(later),
    )
    return _end(run, waiting, "queued", ending)


def skip(run: Run, reason: Reason) -> bool:
    """End a queued run that is not to be made; False where it is not queued any more."""
    return _end(run, ended(run, status="skipped", reason=reason), "idle", None)


def refuse(run: Run, error: AppError) -> bool:
    """End a queued run as failed before anything was spent; False where it is not queued."""
    return _end(run, ended(_told(run, error), status="failed"), "failed", None)


def _told(run: Run, error: AppError) -> Run:
    reason = error.details.get("reason")
    return replace(run, error_code=error.code, error_reason=str(reason) if reason else None)


def _end(
    run: Run,
    after: Run,
    last: AsyncStatus,
    ending: Ending | None,
    add: Callable[[Transaction, Workspace], Workspace] = lambda _, workspace: workspace,
) -> bool:
    """Put `after` in the place of the run that was read; `add` adds parts of its own."""

    def step() -> bool:
        workspace = find_workspace(run.owner_id, run.workspace_id)
        current = find_run(run.workspace_id, run.id)
        unchanged = current is not None and current.revision == run.revision
        transaction = Transaction()
        _settle(transaction, run, ending)
        if workspace is None or not unchanged:
            transaction.commit()
            return False
        put_run(transaction, run, after)
        put_workspace(transaction, workspace, add(transaction, _after(transaction, workspace)))
        transaction.commit()
        return True

    def _after(transaction: Transaction, workspace: Workspace) -> Workspace:
        if after.is_final:
            return without_run(transaction, workspace, run, last)
        promise_run(
            transaction,
            workspace,
            run.id,
            attempt=after.attempts + 1,
            not_before=after.not_before,
        )
        return replace(workspace, async_status=last)

    return until_written(step)


def _settle(transaction: Transaction, run: Run, ending: Ending | None) -> None:
    if ending:
        settle_calls(transaction, ending)
    elif run.held:
        ledger.release(transaction, run.held)


def _counted(run: Run, ending: Ending | None) -> Run:
    usage = ending.answer.usage if ending else None
    if usage is None:
        return run
    return replace(
        run,
        prompt_tokens=run.prompt_tokens + usage.prompt_tokens,
        completion_tokens=run.completion_tokens + usage.completion_tokens,
        cost_micro=run.cost_micro + usage.cost_micro,
    )


def _forgive_missing_company(transaction: Transaction, company_id: str) -> None:
    """A company that is being deleted has nothing left to be counted in."""
    part = part_of(company_id)
    transaction.mend({part}, lambda _: transaction.discard({part}))
