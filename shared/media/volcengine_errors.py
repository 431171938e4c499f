"""Failures of Volcengine's visual API as ours: the gateway's and the service's own codes.

Sources: volcengine.com/docs/6369/68677 (gateway), volcengine.com/docs/85621 (service codes).
"""

from collections.abc import Mapping
from typing import Any

from shared.ai.backoff import parse_retry_after
from shared.ai.errors import (
    AIServiceError,
    KeyExhausted,
    ModelNotAvailable,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimitExceeded,
)

_KEY = {"InvalidAccessKey", "SignatureDoesNotMatch", "MissingAuthenticationToken"}
_FORBIDDEN = {"LackPolicy", "AccessDenied"}
_NO_ACTION = {"ServiceNotFound", "InvalidActionOrVersion"}
# Pictures and texts that were looked at before the work, and afterwards: those may come out better.
_FILTERED = {50411, 50412, 50413, 50512, 50518}
_FILTERED_BY_CHANCE = {50511, 50516, 50517, 50519}
_CHECK_BROKEN = {50520, 50521, 50522}
_BUSY = {50429, 50430}
_BROKEN = {50500, 50501}
_NO_ACCESS = 50400


def error_of_gateway(provider: str, status: int, told: Mapping[str, Any]) -> AIServiceError:
    """The error of an answer with `ResponseMetadata.Error`."""
    code, detail = str(told.get("Code", "")), f"{told.get('Code')}: {told.get('Message')}"
    made = _by_name(provider, code, detail) or error_of_status(provider, status, {}, detail)
    made.upstream_status = status
    return made


def error_of_code(provider: str, code: object, message: str) -> AIServiceError:
    """The error of a business code other than 10000."""
    detail = f"{code}: {message}"
    if code in _BUSY:
        return RateLimitExceeded(provider, detail)
    if code in _FILTERED:
        return ProviderRejected(provider, detail, reason="content_filtered")
    if code in _FILTERED_BY_CHANCE:
        return ProviderRejected(provider, detail, reason="content_filtered", retryable=True)
    if code in _CHECK_BROKEN:
        return ProviderUnavailable(provider, detail, retryable=False)
    if code in _BROKEN:
        return ProviderUnavailable(provider, detail)
    if code == _NO_ACCESS:
        return ProviderRejected(provider, detail, reason="forbidden")
    return ProviderRejected(provider, detail)


def error_of_status(
    provider: str, status: int, headers: Mapping[str, str], detail: str
) -> AIServiceError:
    """The error of an answer that explains nothing: a proxy's page, an empty body."""
    kind: type[AIServiceError] = ProviderRejected
    if status == 429:
        kind = RateLimitExceeded
    elif status in (408, 504):
        kind = ProviderTimeout
    elif status >= 500:
        kind = ProviderUnavailable
    made = kind(provider, detail, upstream_status=status)
    made.retry_after_s = parse_retry_after(headers) if made.retryable else None
    return made


def is_of_the_job(error: AIServiceError) -> bool:
    """Whether an error in the answer to a question speaks of the job, not of the question."""
    return error.reason in ("content_filtered", "rejected") or error.retryable is False


def _by_name(provider: str, code: str, detail: str) -> AIServiceError | None:
    if code in _KEY or code == "MissingSignature":
        return KeyExhausted(provider, detail)
    if code in _FORBIDDEN:
        return ProviderRejected(provider, detail, reason="forbidden")
    if code in _NO_ACTION:
        return ModelNotAvailable(provider, detail)
    if code == "InternalServiceTimeout":
        return ProviderTimeout(provider, detail)
    return None
