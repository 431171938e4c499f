"""Webhooks of ended tasks: signed, repeated, logged, resent; secrets rotate."""

import json
import re
from typing import Any

import boto3
import pytest

from functions.tasks.handler import handler
from functions.webhook_worker import service
from functions.webhook_worker.handler import handler as worker
from shared.core import clock
from shared.messaging.webhooks.sender import Delivery
from shared.tasks.changes import cancel_task
from shared.tasks.secrets import rotate_secret
from tests.support.http import Client
from tests.support.tasks import TASKS, later, new_task, post_image, run_workflow, stored

SECRET = "/api/v1/users/me/webhook-secret"
RECEIVER = "https://hooks.example.com/tasks"
WHOLE_SECONDS = re.compile(r"[0-9-]{10}T[0-9:]{8}Z")


class Receiver:
    """Takes what the sender would send; `statuses` are its answers in turn."""

    def __init__(self) -> None:
        self.statuses: list[int] = [200]
        self.got: list[tuple[str, str, bytes, tuple[str, ...]]] = []

    async def send(self, url: str, webhook_id: str, body: bytes, secrets: Any) -> Delivery:
        self.got.append((url, webhook_id, body, tuple(secrets)))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        ok = status == 200
        error = "" if ok else f"http_{status}"
        return Delivery("2026-11-22T00:00:00.000Z", ok, status, error, 5, "", ok or status == 410)


class DownUntil(Receiver):
    """Answers 503 until a moment, in seconds since the epoch."""

    def __init__(self, moment: float) -> None:
        super().__init__()
        self.moment = moment

    async def send(self, url: str, webhook_id: str, body: bytes, secrets: Any) -> Delivery:
        self.statuses = [503 if clock.timestamp() < self.moment else 200]
        return await super().send(url, webhook_id, body, secrets)


@pytest.fixture
def receiver(monkeypatch) -> Receiver:
    made = Receiver()
    monkeypatch.setattr(service, "sender", lambda: made)
    return made


@pytest.fixture
def task(caller, results):
    return run_workflow(new_task(caller.user, caller.user_id, webhook_url=RECEIVER))


def promised() -> list[dict[str, Any]]:
    found = boto3.client("dynamodb").query(
        TableName="rolecraft-test-tasks",
        IndexName="gsi1",
        KeyConditionExpression="gsi1pk = :p",
        ExpressionAttributeValues={":p": {"S": "OUTBOX"}},
    )["Items"]
    kinds = [item for item in found if item["destination"]["S"] == "workflow:webhooks"]
    return [json.loads(item["body"]["S"]) for item in kinds]


def deliver(task) -> int:
    """As the workflow does; how many attempts it took."""
    number, state = 1, "again"
    while state == "again":
        event = {"task_id": task.id, "owner_id": task.owner_id, "request_id": "r", "number": number}
        answer = worker(event, None)
        state, attempts, number = answer["state"], number, answer["number"]
    return attempts


def test_the_end_of_a_task_is_promised_in_its_transaction(caller, task):
    assert promised() == [{"task_id": task.id, "owner_id": caller.user_id}]
    silent = new_task(caller.user, caller.user_id)
    cancel_task(silent)
    assert len(promised()) == 1


def test_the_receiver_gets_the_task_once(task, receiver):
    assert deliver(task) == 1
    ((url, webhook_id, body, secrets),) = receiver.got
    assert (url, webhook_id) == (RECEIVER, f"{task.id}-1")
    told = json.loads(body)
    assert (told["task_id"], told["status"]) == (task.id, "completed")
    assert told["result"]["image_url"].startswith("http")
    assert len(secrets) == 1


def test_a_receiver_that_is_down_is_asked_five_times_and_each_is_seen(client, task, receiver):
    receiver.statuses = [503]
    assert deliver(task) == 5
    assert {webhook_id for _, webhook_id, _, _ in receiver.got} == {f"{task.id}-1"}
    log = client.get(f"{TASKS}/{task.id}").data["webhook_deliveries"]
    assert [(entry["attempt"], entry["status"]) for entry in log] == [
        (number, 503) for number in range(1, 6)
    ]
    assert all(WHOLE_SECONDS.fullmatch(entry["at"]) for entry in log)


def test_a_receiver_that_comes_back_gets_it(task, receiver):
    receiver.statuses = [503, 503, 200]
    assert deliver(task) == 3
    assert [entry["ok"] for entry in stored(task.owner_id, task.id).deliveries] == [
        False, False, True
    ]  # fmt: skip


def test_a_receiver_that_is_down_for_an_hour_gets_it_afterwards(monkeypatch, task):
    """The workflow's waits pass on a clock of their own."""
    began = now = clock.timestamp()
    down = DownUntil(began + 3600)
    monkeypatch.setattr(service, "sender", lambda: down)
    number, state = 1, "again"
    while state == "again":
        with clock.travelling(lambda at=now: at):
            event = {"task_id": task.id, "owner_id": task.owner_id, "request_id": "r"}
            answer = worker({**event, "number": number}, None)
        state, number, now = answer["state"], answer["number"], now + answer["wait_s"]
    log = stored(task.owner_id, task.id).deliveries
    assert [entry["ok"] for entry in log] == [False] * 4 + [True]
    assert {webhook_id for _, webhook_id, _, _ in down.got} == {f"{task.id}-1"}


def test_a_private_address_by_name_is_refused_for_good(caller, results):
    task = new_task(caller.user, caller.user_id, webhook_url="https://localhost/hook")
    cancel_task(task)
    assert deliver(task) == 1
    (entry,) = stored(task.owner_id, task.id).deliveries
    assert entry["error"] == "refused:not_public"


@pytest.mark.parametrize(
    "url", ["http://example.com/x", "https://10.0.0.1/x", "https://[::1]/", "nonsense"]
)
def test_an_address_that_is_not_public_https_is_refused_at_once(client, url):
    answer = post_image(client, webhook_url=url)
    assert answer.status == 400
    assert answer.error["details"]["field"] == "webhook_url"


def test_a_resend_keeps_the_id(client, task, receiver):
    deliver(task)
    path = f"{TASKS}/{task.id}/webhook/resend"
    assert client.post(path, idempotency_key="one").status == 200
    assert client.post(path, idempotency_key="one").headers["idempotent-replay"] == "true"
    assert len(promised()) == 2
    deliver(task)
    assert len({webhook_id for _, webhook_id, _, _ in receiver.got}) == 1


def test_what_has_not_ended_or_has_no_receiver_is_not_resent(client, caller, provider):
    waiting = new_task(caller.user, caller.user_id, webhook_url=RECEIVER)
    assert client.post(f"{TASKS}/{waiting.id}/webhook/resend").status == 409
    silent = new_task(caller.user, caller.user_id)
    cancel_task(silent)
    assert client.post(f"{TASKS}/{silent.id}/webhook/resend").status == 409


def test_a_rotated_secret_signs_beside_the_old_one_for_a_day(client, task, receiver):
    first = client.get(SECRET).data["secret"]
    assert client.get(SECRET).data["secret"] == first
    rotated = client.post(SECRET).data
    assert rotated["previous_secret"] == first
    deliver(task)
    assert receiver.got[-1][3] == (rotated["secret"], first)
    with later(86_401):
        deliver(task)
    assert receiver.got[-1][3] == (rotated["secret"],)


def test_a_rotation_that_is_repeated_rotates_once(client, caller):
    first = client.get(SECRET).data["secret"]
    rotated = client.post(SECRET, idempotency_key="one").data
    repeated = client.post(SECRET, idempotency_key="one")
    assert repeated.headers["idempotent-replay"] == "true"
    assert repeated.data == rotated
    assert rotated["previous_secret"] == first
    assert rotate_secret(caller.user_id, "died-after-its-write").previous == rotated["secret"]
    again = rotate_secret(caller.user_id, "died-after-its-write")
    assert again.previous == rotated["secret"]
    assert client.post(SECRET, idempotency_key="one").data["secret"] == again.current


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_secret_is_for_its_signed_in_owner(caller, method):
    assert Client(handler).call(method, SECRET).status == 401
    assert Client(handler, caller.expired).call(method, SECRET).status == 401
    assert Client(handler, caller.api_key).call(method, SECRET).status == 403
    own, other = (
        Client(handler, each).call(method, SECRET) for each in (caller.user, caller.other_user)
    )
    assert own.data["secret"] != other.data["secret"]
