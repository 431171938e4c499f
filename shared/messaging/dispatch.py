"""Sends what a transaction promised, then deletes the promise: at least once, never never."""

import json
from collections.abc import Callable
from math import ceil

from shared.aws.events import put_event
from shared.aws.queues import send_message
from shared.aws.workflows import start_execution
from shared.core import clock, context
from shared.core.observability import get_logger
from shared.data.outbox import Promise, delete_promise, find_promise
from shared.messaging.settings import DispatchSettings
from shared.tasks.jobs import end_job, start_jobs
from shared.workspaces.schedules import sync_schedule

_LONGEST_DELAY_S = 900  # SQS
OUTBOX_TABLES = (
    "IDENTITY_TABLE",
    "ROLES_TABLE",
    "CHAT_TABLE",
    "DOCUMENTS_TABLE",
    "LEDGER_TABLE",
    "LIMITS_TABLE",
    "TASKS_TABLE",
    "PAYMENTS_TABLE",
    "WORKSPACES_TABLE",
    "LEARNING_TABLE",
)


class UnknownDestination(LookupError):
    """A promise names a destination that nothing here knows: a fault of this deployment."""


def deliver(table_variable: str, promise_id: str) -> bool:
    """Send a promise and delete it; False when it was delivered before.

    A crash between the two sends it again, so receivers are idempotent by key.

    Raises:
        UnknownDestination: the promise stays, to be seen by an alarm rather than lost.
    """
    promised = find_promise(table_variable, promise_id)
    if promised is None:
        return False
    with context.entered(promised.request_id):
        _sender(promised)(promised)
        delete_promise(table_variable, promised.id)
        extra = {"promise_id": promised.id, "destination": promised.destination}
        get_logger().info("delivered", extra=extra)
    return True


def _sender(promised: Promise) -> Callable[[Promise], None]:
    sender = _SENDERS.get(promised.destination)
    if sender is None:
        raise UnknownDestination(promised.destination)
    return sender


def _to_budget_events(promised: Promise) -> None:
    put_event(DispatchSettings.from_env().event_bus_name, "BudgetThresholdReached", promised.body)


def _to_documents_queue(promised: Promise) -> None:
    send_message(DispatchSettings.from_env().documents_queue_url, promised.body)


def _to_workspaces_queue(promised: Promise) -> None:
    not_before = json.loads(promised.body).get("not_before")
    wait = (clock.parse(not_before) - clock.now()).total_seconds() if not_before else 0.0
    delay = min(_LONGEST_DELAY_S, max(0, ceil(wait)))
    url = DispatchSettings.from_env().workspaces_queue_url
    send_message(url, promised.body, delay_s=delay)


def _to_schedule(promised: Promise) -> None:
    body = json.loads(promised.body)
    sync_schedule(body["owner_id"], body["workspace_id"])


def _to_account_deletion(promised: Promise) -> None:
    _start(DispatchSettings.from_env().account_deletion_state_machine_arn, promised)


def _to_webhook(promised: Promise) -> None:
    _start(DispatchSettings.from_env().webhook_state_machine_arn, promised)


def _start(machine: str, promised: Promise) -> None:
    body = {**json.loads(promised.body), "request_id": promised.request_id}
    start_execution(machine, promised.id, json.dumps(body, ensure_ascii=False))


def _to_task(promised: Promise) -> None:
    _start_attempt(DispatchSettings.from_env().task_state_machine_arn, promised)


def _to_job(promised: Promise) -> None:
    _start_attempt(DispatchSettings.from_env().learning_job_state_machine_arn, promised)


def _start_attempt(machine: str, promised: Promise) -> None:
    """One execution for each attempt of a task, whatever is delivered twice."""
    body = {**json.loads(promised.body), "request_id": promised.request_id}
    name = f"{body['task_id']}-{body['attempt']}"
    start_execution(machine, name, json.dumps(body, ensure_ascii=False))


def _to_queue(promised: Promise) -> None:
    """A job came to a queue, or one of it has ended."""
    body = json.loads(promised.body)
    if ended := body.get("ended"):
        end_job(body["queue"], ended["task_id"], ended["attempt"], failed=ended["failed"])
    start_jobs(body["queue"])


_SENDERS: dict[str, Callable[[Promise], None]] = {
    "events:budget": _to_budget_events,
    "queue:documents": _to_documents_queue,
    "queue:workspaces": _to_workspaces_queue,
    "schedule:workspaces": _to_schedule,
    "workflow:account_deletion": _to_account_deletion,
    "workflow:tasks": _to_task,
    "workflow:webhooks": _to_webhook,
    "workflow:jobs": _to_job,
    "jobs": _to_queue,
}
