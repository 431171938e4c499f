"""Deliveries over real TLS: what arrives, what is refused, what the log keeps."""

import asyncio
import base64
import hashlib
import hmac
import ssl

import pytest
from aiohttp import web

from shared.messaging.webhooks.outbound import Outbound
from shared.messaging.webhooks.sender import Delivery, WebhookSender
from tests.integration.webhooks.conftest import HOST, SECRET, Receiver

BODY = '{"task_id": "task_1", "message": "任务完成"}'.encode()


async def sent(receiver: Receiver, sender: WebhookSender | None = None) -> Delivery:
    return await (sender or receiver.sender()).send(receiver.url(), "msg_1", BODY, [SECRET])


async def test_a_delivery_arrives_as_signed(receiver: Receiver):
    delivery = await sent(receiver)

    headers, body = receiver.taken[0]
    assert body == BODY
    assert headers["Content-Type"] == "application/json"
    assert headers["Host"] == f"{HOST}:{receiver.port}"
    content = f"msg_1.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert (delivery.ok, delivery.status, delivery.error, delivery.final) == (True, 200, "", True)
    assert delivery.answer == "ok"


async def test_the_name_is_looked_up_once(receiver: Receiver):
    await sent(receiver)

    assert receiver.asked == [HOST]


@pytest.mark.parametrize(
    ("status", "final"), [(500, False), (404, False), (429, False), (410, True)]
)
async def test_other_answers_are_failures_and_only_gone_is_final(
    receiver: Receiver, status: int, final: bool
):
    receiver.answer = lambda _: web.Response(status=status, text="no")

    delivery = await sent(receiver)

    assert (delivery.ok, delivery.status, delivery.final) == (False, status, final)
    assert (delivery.error, delivery.answer) == (f"http_{status}", "no")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_a_failure_and_is_not_followed(receiver: Receiver, status: int):
    headers = {"Location": "https://169.254.169.254/latest/meta-data"}
    receiver.answer = lambda _: web.Response(status=status, headers=headers)

    delivery = await sent(receiver)

    assert (delivery.ok, delivery.error) == (False, f"http_{status}")
    assert (len(receiver.taken), receiver.asked) == (1, [HOST])


async def test_a_certificate_of_another_name_is_refused(receiver: Receiver):
    url = receiver.url(host="other.example")

    delivery = await receiver.sender().send(url, "msg_1", BODY, [SECRET])

    assert (delivery.error, delivery.final, receiver.taken) == ("tls", False, [])


async def test_an_unknown_authority_is_refused(receiver: Receiver):
    receiver.trusted = ssl.create_default_context()

    delivery = await sent(receiver)

    assert (delivery.error, receiver.taken) == ("tls", [])


async def test_a_name_that_leads_inside_is_never_called(receiver: Receiver):
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    sender = WebhookSender(Outbound(resolve=resolve, tls=receiver.trusted))

    delivery = await sent(receiver, sender)

    assert (delivery.error, delivery.final) == ("refused:not_public", True)
    assert (delivery.status, receiver.taken) == (None, [])


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://127.0.0.1/", "refused:not_public"),
        ("https://localhost/", "refused:not_public"),
        ("https://2130706433/", "refused:not_public"),
        ("https://[::ffff:127.0.0.1]/", "refused:not_public"),
        ("http://hooks.example/", "refused:not_https"),
    ],
)
async def test_the_real_resolver_refuses_the_machine_itself(url: str, error: str):
    delivery = await WebhookSender().send(url, "msg_1", BODY, [SECRET])

    assert (delivery.error, delivery.final) == (error, True)


async def test_an_unknown_name_may_be_known_later(receiver: Receiver):
    async def resolve(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    delivery = await sent(receiver, WebhookSender(Outbound(resolve=resolve)))

    assert (delivery.error, delivery.final) == ("refused:unknown_host", False)


async def test_a_receiver_that_is_down_is_a_failed_connection(receiver: Receiver):
    url = "https://hooks.example:1/"

    delivery = await receiver.sender().send(url, "msg_1", BODY, [SECRET])

    assert (delivery.error, delivery.final) == ("connection", False)


async def test_a_slow_receiver_is_given_up(receiver: Receiver):
    class Slow(web.StreamResponse):
        async def prepare(self, request: web.BaseRequest) -> None:
            await asyncio.sleep(30)

    receiver.answer = lambda _: Slow()

    delivery = await sent(receiver, receiver.sender(limit_s=0.5))

    assert (delivery.error, delivery.final) == ("timeout", False)
    assert 400 <= delivery.duration_ms < 5_000


async def test_of_a_long_answer_only_the_start_is_read(receiver: Receiver):
    receiver.answer = lambda _: web.Response(text="长" * 5_000_000)

    delivery = await sent(receiver)

    assert (delivery.ok, delivery.answer) == (True, "长" * 500)
