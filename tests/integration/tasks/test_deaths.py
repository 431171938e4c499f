"""Processes that die around any of their AWS calls: what they left is taken up, and once."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.dispatcher.handler import handler as dispatcher
from functions.housekeeping.handler import handler as housekeeping
from functions.webhook_worker import service as webhooks
from functions.webhook_worker.handler import handler as webhook_worker
from shared.data.ledger import find_reservation
from shared.messaging.webhooks.sender import Delivery
from tests.support.faults import Killed, dying_at
from tests.support.http import Client
from tests.support.ledger import month, stored_lines
from tests.support.streams import stream_event
from tests.support.tasks import (
    IMAGE_TASK,
    PRICE_MICRO,
    TASKS,
    failed_task,
    later,
    new_task,
    run_workflow,
    started,
    stored,
)

EVERY_MINUTE = json.loads(Path("events/schedule/housekeeping.every_minute.json").read_text())
DEFINITION = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
# The lock of a call with a key lasts as long as the function might.
LOCK_SECONDS = 902
MOST_CALLS = 9

pytestmark = [
    pytest.mark.parametrize("number", range(MOST_CALLS)),
    pytest.mark.parametrize("after", [False, True], ids=["before", "after"]),
]


@pytest.fixture
def dead(
    monkeypatch: pytest.MonkeyPatch, number: int, after: bool
) -> Callable[[Callable[[], Any]], None]:
    """`dead(work)` does the work in a process that dies on the way."""

    def run(work: Callable[[], Any]) -> None:
        with dying_at(monkeypatch, number, after=after) as made, suppress(Killed):
            work()
        assert made

    return run


@pytest.fixture
def state_machine(aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    arn: str = boto3.client("stepfunctions").create_state_machine(
        name="task", definition=json.dumps(DEFINITION), roleArn="arn:aws:iam::123456789012:role/t"
    )["stateMachineArn"]
    for name in ("TASK", "WEBHOOK", "LEARNING_JOB", "ACCOUNT_DELETION"):
        monkeypatch.setenv(f"{name}_STATE_MACHINE_ARN", arn)
    return arn


@dataclass
class Receiver:
    """Takes every webhook."""

    ids: list[str] = field(default_factory=list)

    async def send(self, url: str, webhook_id: str, body: bytes, secrets: Any) -> Delivery:
        self.ids.append(webhook_id)
        return Delivery("2026-11-22T00:00:00.000Z", True, 200, "", 5, "", True)


def create(client: Client) -> Any:
    return client.post(IMAGE_TASK, {"prompt": "山"}, idempotency_key="create")


def test_a_create_that_is_repeated_after_its_process_died_is_one_task(client, caller, dead):
    client.get(f"{TASKS}/user/{caller.user_id}")
    dead(lambda: create(client))
    with later(LOCK_SECONDS):
        answer = create(client)
        assert answer.status == 201, answer.text
        listed = client.get(f"{TASKS}/user/{caller.user_id}").data
    assert [task["id"] for task in listed["items"]] == [answer.data["task_id"]]
    assert len(started(caller.user_id)) == 1
    assert month(caller.user_id)["available"] == -PRICE_MICRO


def test_a_retry_that_is_repeated_after_its_process_died_is_one_attempt(client, caller, dead):
    task = failed_task(caller.user, caller.user_id)
    path = f"{TASKS}/{task.id}/retry"
    dead(lambda: client.post(path, idempotency_key="retry"))
    with later(LOCK_SECONDS):
        assert client.post(path, idempotency_key="retry").data["attempts"] == 2
    assert [body["attempt"] for body in started(caller.user_id)] == [1, 2]
    assert month(caller.user_id)["available"] == -PRICE_MICRO


def test_a_cancel_whose_process_died_can_be_repeated(client, caller, dead):
    task = new_task(caller.user, caller.user_id)
    path = f"{TASKS}/{task.id}/cancel"
    dead(lambda: client.post(path))
    assert client.post(path).status in (200, 409)
    ended = stored(caller.user_id, task.id)
    assert [entry["status"] for entry in ended.history] == ["pending", "cancelled"]
    assert find_reservation(task.call_id) is None
    assert month(caller.user_id)["available"] == 0


def test_a_promise_whose_dispatcher_died_starts_one_execution(caller, dead, state_machine):
    task = new_task(caller.user, caller.user_id)
    event = stream_event("TASKS_TABLE")
    dead(lambda: dispatcher(event, None))
    with later(61):  # the stream gave up: housekeeping is next
        housekeeping(EVERY_MINUTE, None)
    assert dispatcher(event, None) == {"batchItemFailures": []}
    found = boto3.client("stepfunctions").list_executions(stateMachineArn=state_machine)
    assert [each["name"] for each in found["executions"]] == [f"{task.id}-1"]
    assert started(caller.user_id) == []


def test_a_sweep_that_died_is_made_good_by_the_next(caller, dead, state_machine):
    task = new_task(caller.user, caller.user_id)
    with later(601):
        dead(lambda: housekeeping(EVERY_MINUTE, None))
        housekeeping(EVERY_MINUTE, None)
    ended = stored(caller.user_id, task.id)
    assert (ended.status, ended.error_code) == ("failed", "TIMEOUT")
    assert [entry["status"] for entry in ended.history] == ["pending", "failed"]
    assert month(caller.user_id)["available"] == 0
    assert stored_lines(caller.user_id) == []


def test_a_webhook_whose_worker_died_is_sent_again_under_its_id(monkeypatch, caller, results, dead):
    receiver = Receiver()
    monkeypatch.setattr(webhooks, "sender", lambda: receiver)
    task = run_workflow(
        new_task(caller.user, caller.user_id, webhook_url="https://hooks.example.com/tasks")
    )
    event = {"task_id": task.id, "owner_id": task.owner_id, "request_id": "r", "number": 1}
    dead(lambda: webhook_worker(event, None))
    assert webhook_worker(event, None)["state"] == "ended"
    assert set(receiver.ids) == {f"{task.id}-1"}
    assert len(receiver.ids) <= 2
    assert stored(task.owner_id, task.id).deliveries[-1]["ok"]
