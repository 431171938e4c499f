"""One attempt at a run, from its message to its outcome."""

import re
from dataclasses import asdict
from datetime import datetime

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from shared.ai.errors import AIServiceError, CircuitOpen
from shared.chat.ending import Ending
from shared.core import clock, ids
from shared.core.errors import AppError, RateLimited, ServiceUnavailable
from shared.core.observability import get_logger
from shared.data.companies import Company, find_company
from shared.data.outcomes import Outcome, outcome_id
from shared.data.workspace_runs import Run, note_alive
from shared.data.workspaces import Workspace
from shared.workspaces.attempts import (
    Attempt,
    fail,
    find_attempt,
    lease_end,
    refuse,
    skip,
    start_attempt,
    succeed,
)
from shared.workspaces.brief import today
from shared.workspaces.errors import CompanyGone
from shared.workspaces.report import Job, prepare, write_report

_STORE_FAILURES = (PynamoDBException, BotoCoreError)
TITLE_CHARS = 120
SUMMARY_CHARS = 200
_HEADING = re.compile(r"^# +(?P<title>.+)$", re.MULTILINE)
_MARKUP = re.compile(r"^\s*(?:[#>*+-]+|\d+\.)\s+|[*_`]{1,3}|\[(\d+)\]", re.MULTILINE)


def run_attempt(attempt: Attempt, seconds: float) -> None:
    """Make an attempt at a run within so many seconds; nothing where it is not to be made.

    Whatever goes wrong with it ends in the table: tried again later, or failed.

    Raises:
        PynamoDBException, BotoCoreError: the store is away; the message comes again.
    """
    found = find_attempt(attempt)
    if found is None:
        return
    workspace, run = found
    if run.planned_at and not run.attempts and workspace.status != "active":
        skip(run, "paused")
        return
    try:
        company = _company_of(workspace)
        job = prepare(workspace, company, run.id, _moment(run))
    except AppError as error:
        refuse(run, error)
        return
    started = _start(attempt, run, job)
    if started:
        _make(workspace, company, started, job, seconds)


def _start(attempt: Attempt, run: Run, job: Job) -> Run | None:
    try:
        return start_attempt(attempt, job.amount_micro, ids.new_id("call"))
    except RateLimited as error:
        # A moment that the budget does not cover is passed over; who asks is told.
        skip(run, "budget") if run.planned_at else refuse(run, error)
        return None


def _make(workspace: Workspace, company: Company, run: Run, job: Job, seconds: float) -> None:
    held = run.held
    if held is None:
        raise ValueError(f"{run.id} runs without a reservation")
    ending, error = write_report(job, held, lambda: _is_wanted(run), seconds)
    if error is not None:
        _log_failure(run, error)
        fail(run, error, ending, final=not _may_pass(error))
    elif ending.answer.status == "complete":
        succeed(run, ending, _outcome(workspace, company, run, ending))
    else:  # cancelled, or taken for dead: only its money is left to be counted
        fail(run, AppError(), ending, final=False)


def give_up(attempt: Attempt) -> None:
    """End a run that could not even be begun, after its message came for the last time."""
    found = find_attempt(attempt)
    if found is not None:
        refuse(found[1], AppError())


def _is_wanted(run: Run) -> bool:
    try:
        return note_alive(run, lease_end())
    except _STORE_FAILURES:
        get_logger().warning("no sign of life given", exc_info=True)
        return True


def _company_of(workspace: Workspace) -> Company:
    company = find_company(workspace.owner_id, workspace.company_id)
    if company is None:
        raise CompanyGone
    return company


def _moment(run: Run) -> datetime:
    return clock.parse(run.planned_at) if run.planned_at else clock.now()


def _may_pass(error: AppError) -> bool:
    """Whether another attempt may succeed."""
    if isinstance(error, AIServiceError):
        return error.retryable or isinstance(error, CircuitOpen)
    return isinstance(error, ServiceUnavailable) or error.code == AppError.code


def _log_failure(run: Run, error: AppError) -> None:
    extra = {"run_id": run.id, "attempt": run.attempts, "code": error.code, "cause": str(error)}
    get_logger().warning("attempt failed", extra=extra)


def _outcome(workspace: Workspace, company: Company, run: Run, ending: Ending) -> Outcome:
    content = ending.answer.content
    usage = ending.answer.usage
    heading = _HEADING.search(content)
    dated = f"{workspace.name} · {today(workspace.timezone, _moment(run))}"
    return Outcome(
        id=outcome_id(run.id),
        owner_id=run.owner_id,
        company_id=company.id,
        workspace_id=workspace.id,
        run_id=run.id,
        title=(_plain(heading["title"]) if heading else dated)[:TITLE_CHARS],
        summary=_summary(content),
        created_at=clock.iso_ms(clock.now()),
        content=content,
        sources=tuple(asdict(source) for source in ending.answer.sources),
        prompt_tokens=usage.prompt_tokens if usage else 0,
        completion_tokens=usage.completion_tokens if usage else 0,
        cost_micro=usage.cost_micro if usage else 0,
    )


def _summary(content: str) -> str:
    """The words of the report without its headings, as many as a list has room for."""
    lines = (line for line in content.splitlines() if line.strip() and line[0] != "#")
    words = " ".join(_plain(line) for line in lines)
    return words if len(words) <= SUMMARY_CHARS else f"{words[: SUMMARY_CHARS - 1]}…"


def _plain(markdown: str) -> str:
    return " ".join(_MARKUP.sub("", markdown).split())
