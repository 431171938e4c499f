"""The calls of WeChat Pay: prepay, query, close, refund (pay.weixin.qq.com/doc/v3/merchant).

Every attempt is signed anew and its answer verified; retry and breaker stand around it
(shared/ai/guard.py). An answer without a good signature is nobody's: whoever gets one after a
POST knows nothing, and asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, cast
from urllib.parse import quote

from shared.ai.errors import AIServiceError, CircuitOpen, InvalidProviderAnswer
from shared.ai.guard import Guard
from shared.core import clock, ids
from shared.media.wire import read_object, send, write_object
from shared.payments.errors import PaymentProviderFailed
from shared.payments.wechat.encryption import Undecryptable
from shared.payments.wechat.merchant import Merchant
from shared.payments.wechat.refusals import PROVIDER, WeChatRefusal, error_of
from shared.payments.wechat.signing import authorization
from shared.payments.wechat.verification import Forged, PlatformKeys, published_keys, verify

_ORDERS = "/v3/pay/transactions"
_REFUNDS = "/v3/refund/domestic/refunds"
_CERTIFICATES = "/v3/certificates"
_CHINA = timezone(timedelta(hours=8))
_NONE = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepay:
    """An order to be paid: `total_fen` by the WeChat user `openid`, until `expires_at`."""

    out_trade_no: str
    description: str
    total_fen: int
    openid: str
    expires_at: datetime


class WeChatPay:
    """One merchant's calls. Each raises PaymentProviderFailed, or CircuitOpen without calling."""

    def __init__(self, merchant: Merchant, guard: Guard, timeout_s: float = 10.0) -> None:
        self.merchant = merchant
        self.keys = PlatformKeys(merchant, self.certificates)
        self._guard = guard
        self._timeout_s = timeout_s

    async def prepay(self, wanted: Prepay) -> str:
        """A `prepay_id`; a repeat of the same order gives one of the same order again."""
        payload = {
            "appid": self.merchant.appid,
            "mchid": self.merchant.mchid,
            "description": wanted.description,
            "out_trade_no": wanted.out_trade_no,
            "time_expire": wanted.expires_at.astimezone(_CHINA).isoformat(timespec="seconds"),
            "notify_url": self.merchant.notify_url,
            "amount": {"total": wanted.total_fen, "currency": "CNY"},
            "payer": {"openid": wanted.openid},
        }
        answer = await self._call("prepay", "POST", f"{_ORDERS}/jsapi", payload)
        prepay_id = answer.get("prepay_id")
        if not isinstance(prepay_id, str) or not prepay_id:
            raise _failed(InvalidProviderAnswer(PROVIDER, "no prepay_id"))
        return prepay_id

    async def find_payment(self, out_trade_no: str) -> Mapping[str, Any] | None:
        """The order as WeChat Pay knows it; None where it has never heard of it."""
        target = f"{_ORDERS}/out-trade-no/{quote(out_trade_no)}?mchid={self.merchant.mchid}"
        return await self._find("query", target)

    async def close(self, out_trade_no: str) -> None:
        """Let nobody pay the order any more."""
        target = f"{_ORDERS}/out-trade-no/{quote(out_trade_no)}/close"
        await self._call("close", "POST", target, {"mchid": self.merchant.mchid})

    async def refund(
        self, out_trade_no: str, out_refund_no: str, amount_fen: int, reason: str
    ) -> Mapping[str, Any]:
        """Give back all of a payment; the same `out_refund_no` gives it back once."""
        payload = {
            "out_trade_no": out_trade_no,
            "out_refund_no": out_refund_no,
            "reason": reason,
            "notify_url": self.merchant.notify_url,
            "amount": {"refund": amount_fen, "total": amount_fen, "currency": "CNY"},
        }
        return await self._call("refund", "POST", _REFUNDS, payload)

    async def find_refund(self, out_refund_no: str) -> Mapping[str, Any] | None:
        """The refund as it stands; None where there is none."""
        return await self._find("refund_query", f"{_REFUNDS}/{quote(out_refund_no)}")

    async def certificates(self) -> list[Mapping[str, Any]]:
        """The platform's certificates, encrypted; their answer is signed by one of them.

        Empty where the platform has given the merchant a public key in their place.
        """
        answer = await self._find("certificates", _CERTIFICATES)
        return cast(list[Mapping[str, Any]], answer["data"]) if answer else []

    async def _find(self, operation: str, target: str) -> Mapping[str, Any] | None:
        try:
            return await self._call(operation, "GET", target)
        except PaymentProviderFailed as error:
            if error.details["reason"].upper() in _NONE:
                return None
            raise

    async def _call(
        self, operation: str, method: str, target: str, payload: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        body = write_object(payload).decode() if payload is not None else ""

        async def attempt(_: str) -> Mapping[str, Any]:
            return await self._ask(method, target, body)

        try:
            return await self._guard.call(operation, operation, attempt, self._timeout_s)
        except CircuitOpen:
            raise
        except AIServiceError as error:
            raise _failed(error) from error

    async def _ask(self, method: str, target: str, body: str) -> Mapping[str, Any]:
        merchant = self.merchant
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Authorization": authorization(
                merchant.private_key,
                mchid=merchant.mchid,
                serial_no=merchant.serial_no,
                method=method,
                target=target,
                body=body,
                timestamp=int(clock.timestamp()),
                nonce=ids.new_ulid(),
            ),
        }
        for key_id in merchant.public_keys:  # public-key mode: sign your answers with this one
            headers["Wechatpay-Serial"] = key_id
        response = await send(
            PROVIDER,
            method,
            merchant.api_url + target,
            headers=headers,
            body=body.encode(),
            timeout_s=self._timeout_s,
        )
        if not response.is_success:
            raise error_of(response.status_code, response.headers, response.content)
        await self._verify(target, dict(response.headers), response.text)
        return read_object(PROVIDER, response.content) if response.content else {}

    async def _verify(self, target: str, headers: Mapping[str, str], body: str) -> None:
        find = self.keys.find
        try:
            if target == _CERTIFICATES:
                listed = read_object(PROVIDER, body.encode()).get("data") or []
                inside = published_keys(self.merchant, listed)
                return await verify(headers, body, _among(inside))
            await verify(headers, body, find)
        except (Forged, Undecryptable, KeyError, TypeError) as error:
            # Not tried again: after a POST nobody knows what was done.
            raise InvalidProviderAnswer(
                PROVIDER, str(error), reason="forged_answer", retryable=False
            ) from error


def _among(keys: Mapping[str, Any]) -> Any:
    async def find(serial: str) -> Any:
        return keys.get(serial)

    return find


def _failed(error: AIServiceError) -> PaymentProviderFailed:
    reason = error.code_of_wechat.lower() if isinstance(error, WeChatRefusal) else error.reason
    return PaymentProviderFailed(details={"provider": PROVIDER, "reason": reason})
