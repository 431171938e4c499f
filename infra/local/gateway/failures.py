"""The project's failure envelope for what the gateway itself refuses (contract: common)."""

import json
import re
import uuid
from datetime import UTC, datetime, timedelta, timezone

from aiohttp import web

_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")
_FLOW_ZONE = timezone(timedelta(hours=8))
_TEXTS = {
    "PAYLOAD_TOO_LARGE": {
        "zh": "请求体过大，上限为 6 MB",
        "en": "The request body is larger than 6 MB",
    },
    "SERVICE_UNAVAILABLE": {
        "zh": "服务暂时无法连接，请稍后再试",
        "en": "The service cannot be reached, please try again",
    },
}


def failure(
    request: web.Request, status: int, code: str, details: dict[str, object]
) -> web.Response:
    """In the language of the request and with its id; /flow has a form of its own."""
    given = request.headers.get("X-Request-ID", "")
    request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
    form = _of_flow if request.path.startswith("/flow/") else _of_api
    body = {"success": False, **form(request, code, details), "request_id": request_id}
    return web.Response(
        status=status,
        body=json.dumps(body, ensure_ascii=False).encode(),
        content_type="application/json",
        charset="utf-8",
        headers={"X-Request-ID": request_id},
    )


def _of_api(request: web.Request, code: str, details: dict[str, object]) -> dict[str, object]:
    preferred = request.headers.get("Accept-Language", "").lower()
    language = "en" if preferred.startswith("en") else "zh"
    return {
        "error": {"code": code, "message": _TEXTS[code][language], "details": details},
        "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }


def _of_flow(_: web.Request, code: str, __: dict[str, object]) -> dict[str, object]:
    return {
        "error": _TEXTS[code]["zh"],
        "timestamp": f"{datetime.now(_FLOW_ZONE):%Y-%m-%d %H:%M:%S}",
    }
