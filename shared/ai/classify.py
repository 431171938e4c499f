"""Which failures a second try may mend (contract retry.md, "Smart").

Network errors, time-outs, 429 and 5xx; never another 4xx, never an error of our own rules.
Knows our errors, httpx, botocore and the standard library by what they carry.
"""

import errno
import socket
import sys
from collections.abc import Mapping
from typing import Any

from shared.ai.backoff import DEFAULT, RATE_LIMITED, Backoff, parse_retry_after
from shared.ai.errors import RateLimitExceeded
from shared.core.errors import AppError

_TOO_MANY = 429
# Of our own errors; of openai's, httpx-like ones and our own; of aiohttp's; of urllib's.
_STATUS_NAMES = ("upstream_status", "status_code", "status", "code")
_STATUSES = range(400, 600)
_UNREACHABLE = frozenset({errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH})


def is_retryable(error: BaseException) -> bool:
    """Whether the same call may succeed a little later."""
    told = getattr(error, "retryable", None)
    if isinstance(told, bool):
        return told
    if isinstance(error, AppError):
        return False
    status = status_of(error)
    if status is not None:
        return status == _TOO_MANY or status >= 500
    return _is_network_failure(error)


def backoff_for(error: BaseException) -> Backoff:
    """The delays after that failure: rate limits wait longer than resets."""
    return RATE_LIMITED if is_rate_limit(error) else DEFAULT


def is_rate_limit(error: BaseException) -> bool:
    """Whether the other side asked for fewer calls."""
    return isinstance(error, RateLimitExceeded) or status_of(error) == _TOO_MANY


def retry_after_of(error: BaseException) -> float | None:
    """Seconds the other side asked to wait, or None."""
    for name in ("retry_after_s", "retry_after"):
        told = getattr(error, name, None)
        if isinstance(told, int | float):
            return float(told)
    headers = getattr(getattr(error, "response", None), "headers", None)
    return parse_retry_after(headers) if isinstance(headers, Mapping) else None


def status_of(error: BaseException) -> int | None:
    """The HTTP status a failure stands for, or None where there was no answer."""
    for name in _STATUS_NAMES:
        told = getattr(error, name, None)
        if isinstance(told, int) and told in _STATUSES:
            return told
    response: Any = getattr(error, "response", None)
    if isinstance(response, Mapping):  # botocore's ClientError
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    else:
        status = getattr(response, "status_code", None)
    return status if isinstance(status, int) else None


def _is_network_failure(error: BaseException) -> bool:
    # gaierror (name not found) is an OSError, but no ConnectionError.
    if isinstance(error, ConnectionError | TimeoutError | socket.gaierror):
        return True
    if isinstance(error, OSError) and error.errno in _UNREACHABLE:
        return True
    cause = getattr(error, "reason", None)  # of urllib's URLError
    if isinstance(cause, OSError):
        return _is_network_failure(cause)
    return isinstance(error, _library_failures())


def _library_failures() -> tuple[type[BaseException], ...]:
    """Network failures of the HTTP libraries, where this process has loaded them."""
    kinds: list[type[BaseException]] = []
    httpx = sys.modules.get("httpx")
    if httpx:
        kinds += [httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError]
    botocore = sys.modules.get("botocore.exceptions")
    if botocore:
        kinds += [botocore.HTTPClientError, botocore.ConnectionError]
    return tuple(kinds)
