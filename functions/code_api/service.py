"""An execution as a client of /flow sees it."""

import gzip
import time
from dataclasses import asdict
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

from functions.code_api.block import Block, read_block, split_block
from functions.code_api.settings import FlowSettings
from shared.code.models import CodeError, CodeOutcome, CodeRequest
from shared.core import context
from shared.flow.execution import GRACE_S, execute
from shared.http.flow_envelope import stamps

# What is left to this function after the engine's last moment.
_ANSWERING_S = 1.0
# Lambda's limit of an answer is 6,291,556 bytes, headers included.
_MAX_ANSWER_BYTES = 6_280_000
_JSON = "application/json"
_TOO_LARGE = CodeError(
    "ValidationError",
    "结果过大，无法在一次响应中返回；请使用 Accept-Encoding: gzip 或减小结果 "
    "(the result does not fit one answer: accept gzip, or return less)",
)


def run_block(raw: bytes, remaining_s: float | None, *, takes_gzip: bool) -> Response:
    """Execute the block of a body.

    Args:
        remaining_s: what is left of the invocation, None without one.

    Raises:
        BadParameter: the body is not what the contract says.
        BreakerOpen, EngineBusy: nothing was run.
    """
    begun = time.perf_counter()
    block = split_block(raw)
    outcome = execute(_request(block, remaining_s))
    if outcome.error is not None and not block.is_checked:
        read_block(raw)  # a large input that is no JSON object is the caller's mistake
    return _answer(outcome, begun, takes_gzip=takes_gzip)


def _request(block: Block, remaining_s: float | None) -> CodeRequest:
    limit_s: float = FlowSettings.from_env().code_timeout_seconds
    if remaining_s is not None:
        limit_s = max(1.0, min(limit_s, remaining_s - GRACE_S - _ANSWERING_S))
    return CodeRequest(
        block.code, block.input_json, int(limit_s * 1000), context.current().request_id
    )


def _answer(outcome: CodeOutcome, begun: float, *, takes_gzip: bool) -> Response:
    if outcome.error is not None or outcome.result_json is None:
        return _failed(outcome.error or _TOO_LARGE, outcome, begun)
    body = _result_body(outcome.result_json, _timing(outcome, begun))
    if _bytes_in_event(body) <= _MAX_ANSWER_BYTES:
        return Response(body, media_type=_JSON)
    packed = gzip.compress(body, 1) if takes_gzip else b""
    if packed and len(packed) * 4 / 3 <= _MAX_ANSWER_BYTES:
        return Response(packed, media_type=_JSON, headers={"Content-Encoding": "gzip"})
    return _failed(_TOO_LARGE, outcome, begun)


def _result_body(result_json: bytes, timing: dict[str, float]) -> bytes:
    # The result goes in as it came: nobody parses it on its way.
    rest = to_json({"timing": timing, **stamps()})
    return b"".join((b'{"success":true,"result":', result_json, b",", rest[1:]))


def _bytes_in_event(body: bytes) -> int:
    """How long it is as a JSON text within Lambda's answer."""
    return len(body) + body.count(b'"') + body.count(b"\\")


def _failed(error: CodeError, outcome: CodeOutcome, begun: float) -> Response:
    told: dict[str, Any] = {k: v for k, v in asdict(error).items() if v is not None}
    timing = _timing(outcome, begun)
    body = to_json({"success": False, "error": told, "timing": timing, **stamps()})
    return Response(body, media_type=_JSON)


def _timing(outcome: CodeOutcome, begun: float) -> dict[str, float]:
    return {
        "executionTime": round(outcome.timing.execution_ms, 3),
        "totalTime": round((time.perf_counter() - begun) * 1000, 3),
    }
