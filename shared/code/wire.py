"""The executor's event and answer as JSON objects, within Lambda's 6 MB each way.

Input and result travel as texts that nobody parses on the way. JSON escapes quotation marks,
backslashes and line ends, of which JSON text is full, so those trade places with signs that it
hardly has: nothing is left to escape, and both directions cost two milliseconds for 2 MiB where
Base64 costs twenty. A text that would outgrow Lambda's limit even so is compressed, as Base64:
JSON in UTF-8 carries less than 6.9 bits a byte, so that 5 MiB fit. Deflate is the fast way; random
text of many scripts needs bzip2, which sees how UTF-8 is built.
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
# Of an event's input: the code stands beside it.
_MAX_INPUT_TEXT = 5_800_000
_SWAP = bytes.maketrans(b'"`\\~\n^', b'`"~\\^\n')
# What JSON writes as it is, even where it writes ASCII only; anything else takes six bytes at
# most, and twelve beyond the basic plane.
_PLAIN = bytes(sign for sign in range(32, 127) if sign not in b'"\\')


def to_event(request: CodeRequest) -> dict[str, Any]:
    """The event that asks for an execution."""
    text, packing = _packed(request.input_json, _MAX_INPUT_TEXT)
    return {
        "action": EXECUTE,
        "code": request.code,
        "input": text,
        "packing": packing,
        "timeout_ms": request.timeout_ms,
        "request_id": request.request_id,
    }


def from_event(event: Mapping[str, Any]) -> CodeRequest:
    """The request of an `execute` event.

    Raises:
        KeyError, OSError, ValueError, zlib.error: it is not of that form.
    """
    return CodeRequest(
        code=str(event["code"]),
        input_json=_unpacked(str(event["input"]), str(event["packing"])),
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
    text, packing = _packed(outcome.result_json or b"", MAX_PACKED_BYTES)
    return {**answer, "result": text, "packing": packing}


def _packed(content: bytes, most: int) -> tuple[str, str]:
    """A text of at most `most` bytes in JSON, and how `_unpacked` reads it."""
    plain = _swapped(content, most)
    if plain is not None:
        return plain, "swap"
    for packing, pack in (("base64", bytes), ("zlib", _deflate), ("bzip2", bz2.compress)):
        text = base64.b64encode(pack(content)).decode()
        if len(text) <= most:
            return text, packing
    raise OverflowError(f"{len(content)} bytes do not fit an event or an answer")


def _swapped(content: bytes, most: int) -> str | None:
    """The content with quotation marks and the like elsewhere; None where that does not fit."""
    swapped = content.translate(_SWAP)
    try:
        text = swapped.decode()
    except UnicodeDecodeError:
        return None
    following = len(swapped) - len(text)
    others = len(swapped.translate(None, _PLAIN)) - following
    return text if len(text) + 5 * others + 2 * following <= most else None


def _deflate(content: bytes) -> bytes:
    return zlib.compress(content, 1)


def _unpacked(text: str, packing: str) -> bytes:
    if packing == "swap":
        return text.encode().translate(_SWAP)
    content = base64.b64decode(text, validate=True)
    if packing == "zlib":
        return zlib.decompress(content)
    return bz2.decompress(content) if packing == "bzip2" else content


def from_answer(answer: Mapping[str, Any]) -> CodeOutcome:
    """The outcome of an answer.

    Raises:
        AttributeError, KeyError, OSError, TypeError, ValueError, zlib.error: it is not of that
            form.
    """
    timing, usage = CodeTiming(**answer["timing"]), CodeUsage(**answer["usage"])
    if "error" in answer:
        return CodeOutcome(timing, usage, error=CodeError(**answer["error"]))
    return CodeOutcome(timing, usage, _unpacked(answer["result"], answer["packing"]))


def status_to_answer(status: EngineStatus) -> dict[str, Any]:
    """The answer to a `status` event."""
    return asdict(status)


def status_from_answer(answer: Mapping[str, Any]) -> EngineStatus:
    """The engine's state out of an answer.

    Raises:
        KeyError, TypeError: it is not of that form.
    """
    return EngineStatus(**{**answer, "modules": tuple(answer["modules"])})
