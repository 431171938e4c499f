"""The executor's event and answer as JSON objects, within Lambda's 6 MB each way.

Input and result travel as Base64 of their UTF-8 text: nobody parses them on the way, and it is
three times as fast as escaping them. 2 MiB of input become 2.8 MB. A result beyond 4.4 MB is
compressed first: JSON in UTF-8 carries less than 6.9 bits a byte, so that 5 MiB fit. Deflate is
the fast way; random text of many scripts needs bzip2, which sees how UTF-8 is built.
"""

import base64
import bz2
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from shared.code.models import (
    CodeError,
    CodeOutcome,
    CodeRequest,
    CodeTiming,
    CodeUsage,
    EngineStatus,
)

STATUS = "status"
EXECUTE = "execute"
# Lambda's limit is 6,291,556 bytes; a thousand are left to the rest of the answer.
MAX_PACKED_BYTES = 6_290_000
_PLAIN_BYTES = 4_400_000


def to_event(request: CodeRequest) -> dict[str, Any]:
    """The event that asks for an execution."""
    return {
        "action": EXECUTE,
        "code": request.code,
        "input": base64.b64encode(request.input_json).decode(),
        "timeout_ms": request.timeout_ms,
        "request_id": request.request_id,
    }


def from_event(event: Mapping[str, Any]) -> CodeRequest:
    """The request of an `execute` event.

    Raises:
        KeyError, ValueError: it is not of that form.
    """
    return CodeRequest(
        code=str(event["code"]),
        input_json=base64.b64decode(event["input"], validate=True),
        timeout_ms=int(event["timeout_ms"]),
        request_id=str(event.get("request_id", "")),
    )


def to_answer(outcome: CodeOutcome) -> dict[str, Any]:
    """The answer that carries an outcome.

    Raises:
        OverflowError: the result does not fit an answer, which JSON of 5 MiB always does.
    """
    answer: dict[str, Any] = {"timing": asdict(outcome.timing), "usage": asdict(outcome.usage)}
    if outcome.error is not None:
        return {**answer, "error": asdict(outcome.error)}
    result = outcome.result_json or b""
    for packing in ("",) if len(result) <= _PLAIN_BYTES else ("zlib", "bzip2"):
        text = base64.b64encode(_pack(result, packing)).decode()
        if len(text) <= MAX_PACKED_BYTES:
            return {**answer, "result": text, "packing": packing}
    raise OverflowError(f"a result of {len(result)} bytes does not fit an answer")


def _pack(content: bytes, packing: str) -> bytes:
    if packing == "zlib":
        return zlib.compress(content, 1)
    return bz2.compress(content) if packing == "bzip2" else content


def _unpack(content: bytes, packing: str) -> bytes:
    if packing == "zlib":
        return zlib.decompress(content)
    return bz2.decompress(content) if packing == "bzip2" else content


def from_answer(answer: Mapping[str, Any]) -> CodeOutcome:
    """The outcome of an answer.

    Raises:
        KeyError, OSError, TypeError, ValueError, zlib.error: it is not of that form.
    """
    timing, usage = CodeTiming(**answer["timing"]), CodeUsage(**answer["usage"])
    if "error" in answer:
        return CodeOutcome(timing, usage, error=CodeError(**answer["error"]))
    result = base64.b64decode(answer["result"], validate=True)
    return CodeOutcome(timing, usage, _unpack(result, answer["packing"]))


def status_to_answer(status: EngineStatus) -> dict[str, Any]:
    """The answer to a `status` event."""
    return asdict(status)


def status_from_answer(answer: Mapping[str, Any]) -> EngineStatus:
    """The engine's state out of an answer.

    Raises:
        KeyError, TypeError: it is not of that form.
    """
    return EngineStatus(**{**answer, "modules": tuple(answer["modules"])})
