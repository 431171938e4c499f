"""500 payments told three times each, shuffled, over the gateway: 500 paid, 500 grants.

python -m tests.benchmarks.payments [--json]

Starts the whole system as `make up` does. Ten buyers make fifty orders each and begin to pay; the
simulator of WeChat Pay then sends every notice three times, in random order, forty at once. Beside
it, in this process, what the cryptography of one notice takes: the platform's signature and the
decryption.
"""

import asyncio
import base64
import random
import time
from collections.abc import Sequence

import httpx

from infra.local.simulators.wechatpay.keys import load_key, new_keys
from infra.local.simulators.wechatpay.seal import Seal
from shared.payments.wechat.encryption import decrypt
from shared.payments.wechat.signing import answer_message, is_signed
from tests.benchmarks.harness import show
from tests.benchmarks.system import Account, System, data, percentile, signed_up, system

BUYERS, ORDERS_EACH, TIMES = 10, 50, 3
AT_ONCE = 40
PACK = 10
SAMPLES = 300
PATIENCE_SECONDS = 540.0
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"


async def begun_order(client: httpx.AsyncClient, buyer: Account, gate: asyncio.Semaphore) -> str:
    """An order that is about to be paid; its id."""
    async with gate:
        body = {"product": "photo_pack"}
        order = data(await client.post("/orders", json=body, headers=buyer.headers))
        path = f"/orders/{order['id']}/pay"
        data(await client.post(path, json={"openid": OPENID}, headers=buyer.headers))
    order_id: str = order["id"]
    return order_id


async def tell(control: str, orders: Sequence[str]) -> float:
    """Pay all of them unheard, then send each notice three times; seconds until all were taken."""
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
        for order_id in orders:
            (
                await client.post(control, json={"pay": order_id, "notice": "lost"})
            ).raise_for_status()
        before = await told_so_far(client, control)
        told = [order_id for order_id in orders for _ in range(TIMES)]
        random.shuffle(told)
        gate, begun = asyncio.Semaphore(AT_ONCE), time.perf_counter()

        async def one(number: int, order_id: str) -> None:
            async with gate:
                await client.post(control, json={"notice_again": order_id})
                while await told_so_far(client, control) < before + number - AT_ONCE:
                    await asyncio.sleep(0.05)

        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*(one(number, each) for number, each in enumerate(told)))
            while await told_so_far(client, control) < before + len(told):
                await asyncio.sleep(0.05)
        return time.perf_counter() - begun


async def told_so_far(client: httpx.AsyncClient, control: str) -> int:
    report = (await client.get(control)).json()
    return int(report["seen"]["notices_taken"])


async def measure(running: System) -> float:
    control = f"http://127.0.0.1:{running.ports['wechatpay']}/_control"
    async with running.client() as client:
        buyers = [await signed_up(client) for _ in range(BUYERS)]
        gate = asyncio.Semaphore(AT_ONCE)
        orders = await asyncio.gather(
            *(begun_order(client, buyer, gate) for buyer in buyers for _ in range(ORDERS_EACH))
        )
        seconds = await tell(control, orders)
        for buyer in buyers:
            paid = {"status": "paid", "page_size": 1}
            listed = data(await client.get("/orders", params=paid, headers=buyer.headers))
            assert listed["total"] == ORDERS_EACH, listed["total"]
            credits = data(await client.get("/payments/credits", headers=buyer.headers))
            assert credits["photo"] == ORDERS_EACH * PACK, credits
    return seconds


def cryptography_ms() -> float:
    """Median milliseconds of one notice's signature check and decryption."""
    keys = new_keys()
    seal, platform = Seal(keys), load_key(keys.platform_private_key).public_key()
    body = base64.b64encode(random.randbytes(400)).decode()
    headers = {name.lower(): value for name, value in seal.headers_for(body).items()}
    resource = seal.encrypted(body, "transaction")
    taken = []
    for _ in range(SAMPLES):
        begun = time.perf_counter()
        assert is_signed(platform, answer_message(headers, body), headers["wechatpay-signature"])
        decrypt(keys.apiv3_key.encode(), resource)
        taken.append((time.perf_counter() - begun) * 1000)
    return percentile(taken, 0.5)


def main() -> None:
    with system() as running:
        seconds = asyncio.run(measure(running))
    orders = BUYERS * ORDERS_EACH
    show(
        {
            "case": "500 orders",
            "orders": orders,
            "notices": orders * TIMES,
            "paid": orders,
            "grants": orders,
            "seconds": round(seconds, 1),
            "notices/s": round(orders * TIMES / seconds, 1),
            "signature and decryption ms": round(cryptography_ms(), 3),
        }
    )


if __name__ == "__main__":
    main()
