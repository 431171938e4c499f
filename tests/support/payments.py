"""A running WeChat Pay: the simulator and the notice address, on a thread of their own."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
import httpx
from aiohttp import web

from functions.payment_worker.handler import handler as worker
from functions.payments.handler import handler as payments
from infra.local.simulators.wechatpay.keys import SimulatedKeys, new_keys
from infra.local.simulators.wechatpay.server import NOTIFIER, make_app
from shared.aws.secrets import forget_secrets
from shared.core import clock, ids
from shared.data.orders import Order, find_order
from tests.support.at_once import at_once
from tests.support.http import Answer, Client
from tests.support.waiting import until

ORDERS = "/api/v1/orders"
NOTIFY = "/api/v1/payments/wechat/notify"
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
_PATIENCE_S = 60.0


@cache
def simulated_keys() -> SimulatedKeys:
    """One pair of keys for all tests of a process: making them takes half a second."""
    return new_keys()


@dataclass
class WeChat:
    """The platform as tests see it."""

    url: str = ""
    merchant: dict[str, str] = field(default_factory=dict)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def told(self, **order: Any) -> dict[str, Any]:
        """Order something; the report after it."""
        answer = httpx.post(f"{self.url}/_control", json=order, timeout=_PATIENCE_S)
        report: dict[str, Any] = answer.json()
        assert answer.status_code == 200, report
        return report

    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = httpx.get(f"{self.url}/_control", timeout=_PATIENCE_S).json()
        return report

    def trust_public_key(self) -> None:
        """Put the platform's public key into the merchant's secret."""
        store_merchant({**self.merchant, **simulated_keys().public_key_of_platform()})

    def notices(self, number: int) -> list[dict[str, Any]]:
        """The notices sent, once there are so many."""

        def enough() -> list[dict[str, Any]]:
            notices: list[dict[str, Any]] = self.report()["notices"]
            return notices if len(notices) >= number else []

        return until(enough, _PATIENCE_S)


@contextmanager
def running_wechat() -> Iterator[WeChat]:
    """The platform within the block; its merchant stands in the deployment's secret."""
    wechat = WeChat()
    ready = threading.Event()
    thread = threading.Thread(target=_serve, args=(wechat, ready), daemon=True)
    thread.start()
    assert ready.wait(_PATIENCE_S)
    try:
        yield wechat
    finally:
        wechat.loop.call_soon_threadsafe(wechat.loop.stop)
        thread.join(10)


def _serve(wechat: WeChat, ready: threading.Event) -> None:
    loop = wechat.loop
    asyncio.set_event_loop(loop)
    runners = loop.run_until_complete(_start(wechat))
    ready.set()
    loop.run_forever()
    for runner in runners:
        loop.run_until_complete(runner.cleanup())
    loop.close()


async def _start(wechat: WeChat) -> list[web.AppRunner]:
    receiver = web.Application()
    receiver.router.add_post(NOTIFY, _deliver)
    platform = make_app(simulated_keys(), 0.01, clock.timestamp)
    platform[NOTIFIER].answer_s = _PATIENCE_S
    runners = [web.AppRunner(platform), web.AppRunner(receiver)]
    ports = []
    for runner in runners:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.append(runner.addresses[0][1])
    wechat.url = f"http://127.0.0.1:{ports[0]}"
    notify_url = f"http://127.0.0.1:{ports[1]}{NOTIFY}"
    wechat.merchant = simulated_keys().merchant_secret(wechat.url, notify_url)
    store_merchant(wechat.merchant)
    return runners


async def _deliver(request: web.Request) -> web.Response:
    """What API Gateway does with a notice."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    raw = await request.read()

    def call() -> Answer:
        (answer,) = at_once(
            [lambda: Client(payments).call("POST", NOTIFY, raw=raw, headers=headers)]
        )
        return answer

    answer = await asyncio.get_running_loop().run_in_executor(None, call)
    return web.Response(text=answer.text, status=answer.status)


def store_merchant(secret: dict[str, str]) -> None:
    """What an operator enters."""
    manager = boto3.client("secretsmanager")
    manager.put_secret_value(SecretId="rolecraft-test-merchant", SecretString=json.dumps(secret))
    forget_secrets()


def new_order(client: Client, product: str = "photo_pack", quantity: int = 1) -> str:
    """An order of the client's; its id."""
    answer = client.post(ORDERS, {"product": product, "quantity": quantity})
    assert answer.status == 201, answer.text
    order_id: str = answer.data["id"]
    return order_id


def pay(client: Client, order_id: str, openid: str = OPENID) -> Answer:
    """Begin to pay."""
    return client.post(f"{ORDERS}/{order_id}/pay", {"openid": openid})


def paying_order(client: Client, **fields: Any) -> str:
    """An order that somebody is about to pay; its id."""
    order_id = new_order(client, **fields)
    answer = pay(client, order_id)
    assert answer.status == 200, answer.text
    return order_id


def stored(owner_id: str, order_id: str) -> Order:
    """The order as it is stored."""
    order = find_order(owner_id, order_id)
    assert order is not None
    return order


def run_worker() -> dict[str, int]:
    """One tick of the scheduled query, in a process of its own as far as event loops go."""
    (answer,) = at_once([lambda: worker({"id": ids.new_ulid()}, None)])
    return answer


@contextmanager
def minutes_later(minutes: float) -> Iterator[None]:
    """The clock so many minutes further."""
    then = clock.timestamp() + minutes * 60
    with clock.travelling(lambda: then):
        yield
