"""Notices to the merchant: repeated till they are taken, late, doubled, lost, or lies."""

import asyncio
import json
import secrets
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from infra.local.simulators.wechatpay.book import Entry, now
from infra.local.simulators.wechatpay.seal import Seal

# Of one payment or refund; each but `lost` and `late` sends the true notice after the lie.
MODES = (
    "ok", "lost", "late", "twice", "wrong-amount", "wrong-signature", "old", "probe", "other-order",
)  # fmt: skip
# pay.weixin.qq.com: 15 s, 15 s, 30 s, 3 min, …; the first six are enough here.
_REPEATS_S = (15.0, 15.0, 30.0, 180.0, 600.0, 1200.0)
_LATE_S = 20.0
_OLD_S = 3600


@dataclass(frozen=True)
class Told:
    """One notice that was sent and what the merchant answered."""

    event: str
    mode: str
    status: int


class Notifier:
    """Sends notices in the background; `scale` multiplies all waits, 0 for none."""

    def __init__(self, seal: Seal, scale: float) -> None:
        self._seal = seal
        self.scale = scale
        self.answer_s = 5.0
        self.told: list[Told] = []
        self.taken = 0
        self._running: set[asyncio.Task[None]] = set()

    def payment(self, entry: Entry, mode: str) -> None:
        """Tell of a payment."""
        self._start(entry, "TRANSACTION.SUCCESS", "transaction", entry.shown(), mode)

    def refund(self, entry: Entry, refund: dict[str, Any], mode: str) -> None:
        """Tell of the end of a refund, whose status has another name in notices."""
        told = {"mchid": entry.asked["mchid"], **refund, "refund_status": refund["status"]}
        del told["status"]
        told["amount"] = {k: v for k, v in refund["amount"].items() if k != "currency"}
        self._start(entry, f"REFUND.{refund['status']}", "refund", told, mode)

    async def stop(self) -> None:
        """Forget what is still to be sent."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _start(
        self, entry: Entry, event: str, kind: str, content: dict[str, Any], mode: str
    ) -> None:
        if mode == "lost":
            return
        url = str(entry.asked["notify_url"])
        task = asyncio.get_running_loop().create_task(self._tell(url, event, kind, content, mode))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _tell(
        self, url: str, event: str, kind: str, content: dict[str, Any], mode: str
    ) -> None:
        body = self._body(event, kind, content)
        async with ClientSession(timeout=ClientTimeout(total=self.answer_s)) as session:
            if mode == "late":
                await asyncio.sleep(_LATE_S * self.scale)
            elif mode == "twice":
                await asyncio.gather(*(self._send(session, url, event, body, "ok") for _ in "ab"))
            elif mode != "ok":
                lie = self._body(event, kind, _altered(content, mode))
                await self._send(session, url, event, lie, mode)
            for wait in (*_REPEATS_S, None):
                if await self._send(session, url, event, body, "ok") or wait is None:
                    return
                await asyncio.sleep(wait * self.scale)

    async def _send(
        self, session: ClientSession, url: str, event: str, body: str, mode: str
    ) -> bool:
        forged = {"wrong-signature": "AAAA", "probe": f"WECHATPAY/SIGNTEST/{'A' * 300}"}
        age = _OLD_S if mode == "old" else 0
        headers = self._seal.headers_for(body, age_s=age, signature=forged.get(mode, ""))
        headers["Content-Type"] = "application/json"
        try:
            async with session.post(url, data=body.encode(), headers=headers) as answer:
                status = answer.status
        except (ClientError, TimeoutError, OSError):
            status = 0
        self.told.append(Told(event, mode, status))
        self.taken += status in (200, 204)
        return status in (200, 204)

    def _body(self, event: str, kind: str, content: dict[str, Any]) -> str:
        plain = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        resource = {"original_type": kind, **self._seal.encrypted(plain, kind)}
        notice = {
            "id": secrets.token_hex(16),
            "create_time": now(),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": "支付成功" if kind == "transaction" else "退款",
            "resource": resource,
        }
        return json.dumps(notice, ensure_ascii=False, separators=(",", ":"))


def _altered(content: dict[str, Any], mode: str) -> dict[str, Any]:
    if mode == "wrong-amount":
        return {**content, "amount": {**content["amount"], "total": 1}}
    if mode == "other-order":
        return {**content, "out_trade_no": "order_0000000000000000000000000X"}
    return content
