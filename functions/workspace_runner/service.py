"""One message of the workspaces queue."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from functions.workspace_runner.messages import (
    CompanyDeleted,
    Firing,
    Reconcile,
    RunDue,
    Work,
    WorkspaceDeleted,
    parse_message,
)
from functions.workspace_runner.settings import RunnerSettings
from shared.aws.queues import send_message
from shared.core import clock
from shared.core.observability import get_logger
from shared.messaging.consumer import GivenUp, Message, Runtime, seconds_left
from shared.workspaces.attempts import Attempt
from shared.workspaces.planning import plan_due
from shared.workspaces.remains import remove_some_of_workspace
from shared.workspaces.removal import remove_some_of_company
from shared.workspaces.running import give_up, run_attempt
from shared.workspaces.schedules import reconcile

MARGIN_MS = 60_000
"""A message is begun only with this much time left, and leaves a part of it unused."""

_RESERVE_SECONDS = 20.0
# This machine's clock may be a little behind EventBridge's.
_MOST_AHEAD = timedelta(minutes=1)


def handle_message(runtime: Runtime, message: Message) -> None:
    """Do the work of a message; a run that cannot be begun the last time it comes has failed.

    Raises:
        GivenUp: it has.
    """
    work = parse_message(message.body)
    try:
        _do(work, runtime)
    except Exception:
        last = message.attempt >= RunnerSettings.from_env().workspace_receives
        if not (last and isinstance(work, RunDue)):
            raise
        get_logger().exception("gave up", extra={"run_id": work.run_id})
        give_up(_attempt(work))
        raise GivenUp from None


def _do(work: Work, runtime: Runtime) -> None:
    match work:
        case Firing():
            ahead = min(work.scheduled_at, clock.now() + _MOST_AHEAD)
            plan_due(work.owner_id, work.workspace_id, max(clock.now(), ahead))
        case RunDue():
            run_attempt(_attempt(work), seconds_left(runtime, _RESERVE_SECONDS))
        case WorkspaceDeleted():
            remove = partial(remove_some_of_workspace, work.owner_id, work.workspace_id)
            _until_done(runtime, work, remove)
        case CompanyDeleted():
            remove = partial(remove_some_of_company, work.owner_id, work.company_id)
            _until_done(runtime, work, remove)
        case Reconcile():
            _reconcile(work.after, seconds_left(runtime, _RESERVE_SECONDS))


def _until_done(runtime: Runtime, work: Work, portion: Callable[[], bool]) -> None:
    while not portion():
        if seconds_left(runtime, _RESERVE_SECONDS) <= 0:
            _send_again(work)
            return


def _reconcile(after: str, seconds: float) -> None:
    report = reconcile(seconds, after)
    found = {
        "checked": report.checked,
        "missing": len(report.created),
        "moved": len(report.moved),
        "orphaned": len(report.removed),
    }
    get_logger().info("schedules compared", extra=found)
    if report.next is not None:
        _send_again(Reconcile(kind="reconcile", after=report.next))


def _send_again(rest: Work) -> None:
    """What is left of a long work is a message of its own."""
    send_message(RunnerSettings.from_env().workspaces_queue_url, rest.model_dump_json())


def _attempt(work: RunDue) -> Attempt:
    return Attempt(work.owner_id, work.workspace_id, work.run_id, work.attempt)
