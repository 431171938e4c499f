"""What an error of WeChat Pay means for retry, breaker and caller.

Source: pay.weixin.qq.com/doc/v3/merchant/4012068814. Errors of its gateways have no signature and
often no JSON, so nothing of an error is believed but that the call failed.
"""

import json
from collections.abc import Mapping

from shared.ai.backoff import parse_retry_after
from shared.ai.errors import (
    AIServiceError,
    ProviderRejected,
    ProviderUnavailable,
    RateLimitExceeded,
)

PROVIDER = "wechatpay"
_TOO_MANY = 429


class WeChatRefusal(ProviderRejected):
    """A 4xx with its `code`, e.g. ORDER_NOT_EXIST: the same call will fail the same way."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(PROVIDER, f"{code}: {message}", upstream_status=status)
        self.code_of_wechat = code


def error_of(status: int, headers: Mapping[str, str], content: bytes) -> AIServiceError:
    """The error of an answer that is no success."""
    code, message = _words(content)
    detail = f"{status} {code}: {message}"
    if status == _TOO_MANY:
        wait = parse_retry_after(headers)
        return RateLimitExceeded(PROVIDER, detail, retry_after_s=wait, upstream_status=status)
    if status >= 500 or not code:
        return ProviderUnavailable(PROVIDER, detail, upstream_status=status)
    return WeChatRefusal(code, message, status)


def _words(content: bytes) -> tuple[str, str]:
    try:
        body = json.loads(content)
        return str(body["code"]), str(body.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""
