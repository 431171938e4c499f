"""Errors of OpenAI-compatible servers as ours, by HTTP status, `error.type` and `error.code`.

Sources: OpenAI error codes guide, DeepSeek API docs "Error Codes", Volcengine Ark error codes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.ai.backoff import parse_retry_after
from shared.ai.errors import (
    AIServiceError,
    ContextTooLong,
    KeyExhausted,
    ModelNotAvailable,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimitExceeded,
)

# 429 (OpenAI, Ark) and 403 (Ark) can mean "no money", which no waiting mends.
_OUT_OF_CREDIT = {
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "billing_hard_limit_reached",
    "quotaexceeded",
    "setlimitexceeded",
    "accountoverdueerror",
}
_TOO_LONG = {"context_length_exceeded", "string_above_max_length"}
_FILTERED = ("content_filter", "content_policy", "sensitivecontentdetected")
_RATE = {"rate_limit_exceeded", "rate_limit_error", "requests", "tokens", "toomanyrequests"}
_NO_MODEL = {"model_not_found", "modelnotopen", "unsupportedmodel"}


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What an error says of itself; `type` and `code` in lower case, "" where absent."""

    message: str = ""
    type: str = ""
    code: str = ""

    def says(self, names: set[str]) -> bool:
        return self.code in names or self.type in names


def read_error(payload: Any) -> ErrorBody:
    """The `error` of a payload: an object, or only a text (Ollama, proxies)."""
    error = payload.get("error") if isinstance(payload, dict) else None
    if isinstance(error, str):
        return ErrorBody(message=error)
    if not isinstance(error, dict):
        return ErrorBody()
    return ErrorBody(
        message=str(error.get("message") or ""),
        type=str(error.get("type") or "").lower(),
        code=str(error.get("code") or "").lower(),
    )


def error_of_response(
    provider: str, status: int, headers: Mapping[str, str], body: bytes
) -> AIServiceError:
    """The error of an answer whose status is not 2xx; the body may be anything."""
    try:
        error = read_error(json.loads(body))
    except ValueError:
        error = ErrorBody()
    detail = error.message or body[:300].decode("utf-8", "replace")
    made = _by_status(provider, status, error, detail)
    made.upstream_status = status
    if made.retryable:
        made.retry_after_s = parse_retry_after(headers)
    return made


def error_of_event(provider: str, payload: Any) -> AIServiceError:
    """The error of an event in the middle of a stream: there is no status to go by."""
    error = read_error(payload)
    if error.says(_OUT_OF_CREDIT):
        return KeyExhausted(provider, error.message, reason="out_of_credit")
    if error.says(_RATE):
        return RateLimitExceeded(provider, error.message)
    if _is_filtered(error):
        return ProviderRejected(provider, error.message, reason="content_filtered")
    if error.type == "invalid_request_error":
        return _refused(provider, error, error.message)
    return ProviderUnavailable(provider, error.message)


def _by_status(provider: str, status: int, error: ErrorBody, detail: str) -> AIServiceError:
    if status == 402 or error.says(_OUT_OF_CREDIT):
        return KeyExhausted(provider, detail, reason="out_of_credit")
    if status == 401:
        return KeyExhausted(provider, detail)
    if status == 429:
        return RateLimitExceeded(provider, detail)
    if status == 404 or error.says(_NO_MODEL):
        return ModelNotAvailable(provider, detail)
    if status in (408, 504):
        return ProviderTimeout(provider, detail)
    if status >= 500:
        return ProviderUnavailable(provider, detail)
    if status == 403:
        return ProviderRejected(provider, detail, reason="forbidden")
    return _refused(provider, error, detail)


def _refused(provider: str, error: ErrorBody, detail: str) -> AIServiceError:
    if error.says(_TOO_LONG):
        return ContextTooLong(provider, detail)
    if _is_filtered(error):
        return ProviderRejected(provider, detail, reason="content_filtered")
    return ProviderRejected(provider, detail)


def _is_filtered(error: ErrorBody) -> bool:
    return any(name in error.code for name in _FILTERED)
