"""The project's failure envelope for what the gateway itself refuses (contract: common)."""

import json
import re
import uuid
from datetime import UTC, datetime

from aiohttp import web
from multidict import CIMultiDictProxy

_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")
_TEXTS = {
    "PAYLOAD_TOO_LARGE": {
        "zh": "请求体过大，上限为 6 MB",
        "en": "The request body is larger than 6 MB",
    },
    "UPSTREAM_ERROR": {
        "zh": "服务暂时无法连接，请稍后再试",
        "en": "The service cannot be reached, please try again",
    },
}


def failure(
    headers: CIMultiDictProxy[str], status: int, code: str, details: dict[str, object]
) -> web.Response:
    """`headers` are the request's: its language and its request id count."""
    language = "en" if headers.get("Accept-Language", "").lower().startswith("en") else "zh"
    given = headers.get("X-Request-ID", "")
    request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
    body = {
        "success": False,
        "error": {"code": code, "message": _TEXTS[code][language], "details": details},
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "request_id": request_id,
    }
    return web.Response(
        status=status,
        body=json.dumps(body, ensure_ascii=False).encode(),
        content_type="application/json",
        charset="utf-8",
        headers={"X-Request-ID": request_id},
    )
