"""Webhooks of a running system, taken by a receiver over real TLS."""

import base64
import hashlib
import hmac
import threading
from typing import Any

import httpx
import pytest

from tests.e2e import flows
from tests.e2e.conftest import System
from tests.e2e.processes import kill_workers
from tests.e2e.receiver import Arrival, Receiver

SECRET = "/users/me/webhook-secret"


def task_of(client: httpx.Client, url: str) -> str:
    body = {"prompt": "一只猫", "size": "512x512", "webhook_url": url}
    return str(flows.data(client.post("/ai/image/task", json=body), 201)["task_id"])


def log_of(client: httpx.Client, task_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]]
    found = flows.data(client.get(f"/tasks/{task_id}"))["webhook_deliveries"]
    return found


def signed_with(secret: str, arrival: Arrival) -> bool:
    """Whether one of the signatures is that of Standard Webhooks."""
    content = f"{arrival.id}.{arrival.headers['webhook-timestamp']}.".encode() + arrival.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return expected in arrival.headers["webhook-signature"].split()


def test_the_receiver_is_told_once_signed_and_again_when_asked(
    system: System, receiver: Receiver
) -> None:
    client = system.new_user()
    secret = flows.data(client.get(SECRET))["secret"]
    task_id = task_of(client, receiver.url("/once"))
    flows.eventually(lambda: log_of(client, task_id))
    (arrival,) = receiver.at("/once")
    assert (arrival.task["task_id"], arrival.task["status"]) == (task_id, "completed")
    assert arrival.task["result"]["image_url"].startswith("http")
    assert signed_with(secret, arrival)
    rotated = flows.data(client.post(SECRET))["secret"]
    flows.data(client.post(f"/tasks/{task_id}/webhook/resend"))
    flows.eventually(lambda: len(log_of(client, task_id)) == 2)
    assert {each.id for each in receiver.at("/once")} == {arrival.id}
    resent = receiver.at("/once")[-1]
    assert signed_with(rotated, resent)
    assert signed_with(secret, resent)


def test_a_receiver_that_was_down_gets_it_later(system: System, receiver: Receiver) -> None:
    client = system.new_user()
    receiver.statuses["/down"] = [503]
    task_id = task_of(client, receiver.url("/down"))
    flows.eventually(lambda: len(log_of(client, task_id)) == 2)
    assert [(each["attempt"], each["ok"]) for each in log_of(client, task_id)] == [
        (1, False),
        (2, True),
    ]
    assert len({each.id for each in receiver.at("/down")}) == 1


def test_a_webhook_worker_killed_while_it_waits_for_the_receiver_sends_again_under_its_id(
    system: System, receiver: Receiver
) -> None:
    client = system.new_user()
    held = receiver.held["/held"] = threading.Event()
    task_id = task_of(client, receiver.url("/held"))
    flows.eventually(lambda: receiver.at("/held"))
    assert kill_workers(system, "webhook_worker") > 0
    held.set()
    flows.eventually(lambda: log_of(client, task_id))
    first, second = receiver.at("/held")
    assert first.id == second.id
    assert [(each["attempt"], each["ok"]) for each in log_of(client, task_id)] == [(1, True)]


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "[::1]"])
def test_a_private_address_is_refused_at_once(system: System, host: str) -> None:
    body = {"prompt": "一只猫", "webhook_url": f"https://{host}/hook"}
    refused = flows.error(
        system.new_user().post("/ai/image/task", json=body), 400, "INVALID_REQUEST"
    )
    assert refused["details"]["field"] == "webhook_url"


def test_a_name_of_a_private_address_is_never_called(system: System) -> None:
    client = system.new_user()
    task_id = task_of(client, "https://localhost:9/hook")
    flows.data(client.post(f"/tasks/{task_id}/cancel"))
    flows.eventually(lambda: log_of(client, task_id))
    assert log_of(client, task_id)[0]["error"] == "refused:not_public"
