"""The operator's command against a running system: a message that fails, its way back, the end."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from infra.local.aws import LocalAws
from tests.e2e import flows
from tests.e2e.conftest import ROOT, System
from tests.e2e.processes import ports_of

QUEUE = "rolecraft-local-documents"
GARBAGE = {"kind": "nothing anybody knows", "api_key": "not to be shown"}


def rolecraft(system: System, *arguments: str) -> str:
    """What bin/rolecraft prints, as the local run's admin."""
    run = subprocess.run(
        [ROOT / "bin" / "rolecraft", *arguments],
        env={**os.environ, "STATE": str(system.state)},
        capture_output=True,
        text=True,
        timeout=flows.PATIENCE_SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def _documents(found: list[dict[str, Any]]) -> dict[str, Any]:
    return next(each for each in found if each["name"] == "documents")


def told(system: System) -> dict[str, Any]:
    """How the documents' queue stands, as the command tells it."""
    return _documents(json.loads(rolecraft(system, "queues", "status", "--json")))


def seen(admin: httpx.Client) -> dict[str, Any]:
    """The same over the API, which is asked again and again."""
    return _documents(flows.data(admin.get("/admin/queues"))["items"])


@pytest.fixture
def bury(system: System) -> Iterator[Callable[[], None]]:
    """Sends a message nobody understands, which is a dead letter as soon as it has failed once."""
    sqs = LocalAws(ports_of(system)["emulator"]).client("sqs")
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    before = found["Attributes"]

    def send() -> None:
        policy = {**json.loads(before["RedrivePolicy"]), "maxReceiveCount": 1}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy)})
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(GARBAGE))

    yield send
    sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


def test_a_dead_letter_is_seen_redriven_and_cleared(
    system: System, bury: Callable[[], None]
) -> None:
    admin = system.demo_admin()
    failed = told(system)["failed"]
    bury()
    flows.eventually(lambda: seen(admin)["archived"] == 1)
    assert told(system)["failed"] == failed + 1

    peeked = flows.data(admin.get("/admin/queues/documents/messages?state=archived"))
    (letter,) = peeked["items"]
    assert letter["body"] == {**GARBAGE, "api_key": "***"}
    assert seen(admin)["archived"] == 1

    (moved,) = json.loads(rolecraft(system, "queues", "redrive", "--json"))
    assert moved == {"name": "documents", "redriven": 1}
    flows.eventually(lambda: seen(admin)["failed"] == failed + 2)

    rolecraft(system, "queues", "clear", "documents", "--force")
    left = told(system)
    assert (left["pending"], left["active"], left["archived"], left["retry"]) == (0, 0, 0, 0)
    assert "documents" in rolecraft(system, "queues", "status")


def test_a_document_that_is_read_is_counted(system: System) -> None:
    client, admin = system.new_user(), system.demo_admin()
    before = told(system)
    document = flows.uploaded(client, "a.txt", "退款在签收后三十天内申请。".encode())
    assert flows.finished_document(client, document)["status"] == "completed"
    flows.eventually(lambda: seen(admin)["completed"] > before["completed"])
    assert told(system)["failed"] == before["failed"]


def test_the_queues_are_for_administrators(system: System) -> None:
    flows.error(system.new_user().get("/admin/queues"), 403, "FORBIDDEN")
    flows.error(system.anonymous().get("/admin/queues"), 401, "UNAUTHORIZED")
    flows.error(system.demo_admin().delete("/admin/queues/documents"), 400, "INVALID_REQUEST")
