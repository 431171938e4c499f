"""Notices of WeChat Pay: verified over the raw body, decrypted, checked to be ours.

Source: pay.weixin.qq.com/doc/v3/merchant/4012791861 (payment), 4012791865 (refund).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.core.observability import emit_metric, get_logger
from shared.payments.errors import NoticeRefused
from shared.payments.wechat.client import WeChatPay
from shared.payments.wechat.encryption import Undecryptable, decrypt
from shared.payments.wechat.verification import Forged, verify


@dataclass(frozen=True, slots=True)
class Notice:
    """`kind` is `transaction` or `refund`; `content` what WeChat Pay says of it."""

    kind: str
    event: str
    content: Mapping[str, Any]


async def read_notice(pay: WeChatPay, headers: Mapping[str, str], raw: bytes) -> Notice:
    """What a notice says.

    Args:
        headers: by lower-case names.
        raw: the body as it came.

    Raises:
        NoticeRefused: not from WeChat Pay, too old, not for this merchant, or not readable.
    """
    try:
        await verify(headers, raw.decode(), pay.keys.find)
        notice = _open(pay, raw)
    except (Forged, Undecryptable, KeyError, TypeError, ValueError) as error:
        probe = isinstance(error, Forged) and error.probe
        if not probe:
            emit_metric("PaymentNoticeRefused")
        get_logger().info("notice refused", extra={"reason": str(error)[:100], "probe": probe})
        raise NoticeRefused from error
    return notice


def _open(pay: WeChatPay, raw: bytes) -> Notice:
    body = json.loads(raw)
    resource = body["resource"]
    content = json.loads(decrypt(pay.merchant.apiv3_key, resource))
    kind = "refund" if str(body["event_type"]).startswith("REFUND.") else "transaction"
    if content["mchid"] != pay.merchant.mchid:
        raise ValueError("another merchant")
    if kind == "transaction" and content["appid"] != pay.merchant.appid:
        raise ValueError("another app")
    return Notice(kind, str(body["event_type"]), content)
