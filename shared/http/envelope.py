"""The one shape of every answer under /api/v1 (contract common.md, Envelope)."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

from shared.core import clock, context
from shared.core.errors import AppError
from shared.core.text import Text

Failure = Callable[[AppError], Response]
DONE = Text("操作成功", "OK")


class JsonResponse(Response):
    """UTF-8 JSON, Chinese text as it is."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return to_json(content, inf_nan_mode="null")


def success(
    data: Any = None,
    message: Text = DONE,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    """The success envelope around `data` (a pydantic model, dataclass, dict, list or None)."""
    current = context.current()
    body = {
        "success": True,
        "data": data,
        "message": message.of(current.language),
        "timestamp": clock.iso(clock.now()),
        "request_id": current.request_id,
    }
    return JsonResponse(body, status, headers)


def failure_body(error: AppError) -> dict[str, Any]:
    """The failure envelope of an error, in the caller's language."""
    current = context.current()
    return {
        "success": False,
        "error": {
            "code": error.code,
            "message": error.message.of(current.language),
            "details": error.details,
        },
        "timestamp": clock.iso(clock.now()),
        "request_id": current.request_id,
    }


def failure(error: AppError) -> JsonResponse:
    """The failure envelope as an answer, with the headers that belong to its status."""
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, section 11.6.1
    return JsonResponse(failure_body(error), error.status, headers)
