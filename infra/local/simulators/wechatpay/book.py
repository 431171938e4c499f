"""The orders and refunds that the simulated platform knows."""

import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

_CHINA = timezone(timedelta(hours=8))


class Refused(Exception):
    """An error of the platform: its HTTP status, its code, its words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


@dataclass
class Entry:
    """One order: what was asked for, and what became of it."""

    asked: dict[str, Any]
    prepay_id: str
    state: str = "NOTPAY"
    transaction_id: str = ""
    success_time: str = ""
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """The order as a query or a notice tells of it."""
        amount = {"total": self.asked["amount"]["total"], "currency": "CNY"}
        told: dict[str, Any] = {
            "appid": self.asked["appid"],
            "mchid": self.asked["mchid"],
            "out_trade_no": self.asked["out_trade_no"],
            "trade_type": "JSAPI",
            "trade_state": self.state,
            "trade_state_desc": self.state,
            "payer": {"openid": self.asked["payer"]["openid"]},
            "amount": amount,
        }
        if self.transaction_id:
            told |= {
                "transaction_id": self.transaction_id,
                "bank_type": "OTHERS",
                "success_time": self.success_time,
                "amount": {**amount, "payer_total": amount["total"], "payer_currency": "CNY"},
            }
        return told


class Book:
    """All of them by `out_trade_no`; `seen` counts what was asked."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.seen: Counter[str] = Counter()

    def prepay(self, asked: dict[str, Any]) -> str:
        known = self.entries.get(asked["out_trade_no"])
        if known is None:
            prepay_id = f"wx{secrets.token_hex(17)}"
            self.entries[asked["out_trade_no"]] = Entry(asked, prepay_id)
            return prepay_id
        if known.state != "NOTPAY":
            raise Refused(400, "ORDER_CLOSED", "订单已关闭或已支付")
        if known.asked != asked:
            raise Refused(403, "OUT_TRADE_NO_USED", "商户订单号重复")
        return known.prepay_id

    def find(self, out_trade_no: str) -> Entry:
        if out_trade_no not in self.entries:
            raise Refused(404, "ORDER_NOT_EXIST", "订单不存在")
        return self.entries[out_trade_no]

    def close(self, out_trade_no: str) -> None:
        entry = self.find(out_trade_no)
        if entry.state in ("SUCCESS", "REFUND"):
            raise Refused(400, "INVALID_REQUEST", "订单已支付")
        entry.state = "CLOSED"

    def pay(self, out_trade_no: str) -> Entry:
        """The user pays; a closed order cannot be paid, a paid one is not paid twice."""
        entry = self.find(out_trade_no)
        if entry.state == "CLOSED":
            raise Refused(400, "ORDER_CLOSED", "订单已关闭")
        if entry.state == "NOTPAY":
            entry.state = "SUCCESS"
            entry.transaction_id = f"42000{time.strftime('%Y%m%d')}{secrets.randbelow(10**15):015d}"
            entry.success_time = now()
            self.seen["paid"] += 1
        return entry

    def refund(self, asked: dict[str, Any]) -> dict[str, Any]:
        entry = self.find(asked["out_trade_no"])
        number = asked["out_refund_no"]
        if number in entry.refunds:
            return entry.refunds[number]
        if entry.state != "SUCCESS":
            raise Refused(400, "INVALID_REQUEST", "订单状态不支持退款")
        amount = asked["amount"]
        if not amount["refund"] == amount["total"] == entry.asked["amount"]["total"]:
            raise Refused(400, "PARAM_ERROR", "金额不符")
        entry.refunds[number] = {
            "refund_id": f"50300{secrets.randbelow(10**20):020d}",
            "out_refund_no": number,
            "transaction_id": entry.transaction_id,
            "out_trade_no": asked["out_trade_no"],
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": now(),
            "status": "PROCESSING",
            "amount": {**amount, "payer_refund": amount["refund"]},
        }
        self.seen["refunds"] += 1
        return entry.refunds[number]

    def end_refund(self, out_trade_no: str, status: str) -> dict[str, Any]:
        """The refund that is under way ends so."""
        entry = self.find(out_trade_no)
        for refund in entry.refunds.values():
            if refund["status"] == "PROCESSING":
                refund["status"] = status
                if status == "SUCCESS":
                    refund["success_time"] = now()
                    entry.state = "REFUND"
                return refund
        raise Refused(404, "RESOURCE_NOT_EXISTS", "没有进行中的退款")


def now() -> str:
    """The moment as the platform writes it: RFC 3339, China Standard Time."""
    return datetime.now(_CHINA).isoformat(timespec="seconds")
