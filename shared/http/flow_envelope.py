"""The shape of every answer under /flow (contract flow.md): Chinese texts, times in UTC+8."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from math import ceil
from typing import Any

from shared.core import clock, context
from shared.core.errors import AppError, InvalidRequest, RateLimited
from shared.core.text import Text
from shared.http.envelope import JsonResponse
from shared.http.validation import failure_of

ZONE = timezone(timedelta(hours=8))
_FORM = "%Y-%m-%d %H:%M:%S"
_TOO_MANY = Text("请求过于频繁，请稍后再试", "Too many requests, please try again later")


class BadParameter(InvalidRequest):
    """400 `请求参数错误: <field><reason>`."""

    def __init__(self, field: str, reason: Text) -> None:
        super().__init__(
            Text(f"请求参数错误: {field}{reason.zh}", f"Invalid {field}: {reason.en}"),
            details={"field": field, "reason": reason.en},
        )

    @classmethod
    def of_validation(cls, errors: Sequence[Any]) -> "BadParameter":
        """The first of pydantic's errors."""
        return cls(*failure_of(errors[0]))


class LimitReached(RateLimited):
    """429 that names the limit: `{"type", "message", "limit": {…}}`.

    Args:
        kind: `IPRateLimitError` or `RateLimitError`.
        limit: as the caller sees it.
        wait_s: seconds until a call would pass.
    """

    def __init__(self, kind: str, limit: dict[str, int], wait_s: float) -> None:
        super().__init__(_TOO_MANY, retry_after=max(1, ceil(wait_s)))
        self.body = {"type": kind, "message": self.message.zh, "limit": limit}


def local_time(moment: datetime) -> str:
    """`2026-02-27 18:00:00`: UTC+8, whole seconds."""
    # strftime would not pad years before 1000.
    return moment.astimezone(ZONE).isoformat(" ", "seconds")[:19]


def parse_local_time(text: str) -> datetime:
    """The moment of `yyyy-MM-dd` (midnight) or `yyyy-MM-dd HH:mm:ss`, both in UTC+8.

    Raises:
        ValueError: another form, or no such time.
    """
    form = _FORM if " " in text else _FORM[:8]
    moment = datetime.strptime(text, form).replace(tzinfo=ZONE)
    if text != moment.strftime(form):  # strptime takes `2026-1-2` too
        raise ValueError(text)
    return moment


def stamps() -> dict[str, str]:
    """What every body ends with."""
    return {
        "timestamp": local_time(clock.now()),
        "request_id": context.current().request_id,
    }


def success(**fields: Any) -> JsonResponse:
    """200 with these fields between `success` and the stamps."""
    return JsonResponse({"success": True, **fields, **stamps()})


def failure(error: AppError) -> JsonResponse:
    """The refusal of an error, with the headers that belong to its status."""
    told: Any = error.body if isinstance(error, LimitReached) else error.message.zh
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, section 11.6.1
    body = {"success": False, "error": told, **stamps()}
    return JsonResponse(body, error.status, headers)
