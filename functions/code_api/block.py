"""The body of an execution: code in Base64, and an input that nobody parses twice."""

import binascii
import re
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json, to_json

from shared.code.models import MAX_CODE_BYTES, MAX_INPUT_BYTES
from shared.core.text import Text
from shared.http.flow_envelope import BadParameter

# A body of two fields in either order, its input cut out as it stands. It may be no JSON after
# all: the engine finds that out before the code runs, and then `read_block` tells what is wrong.
_BASE64 = rb'"codebase64"\s*:\s*"(?P<code>[A-Za-z0-9+/=]*)"'
_INPUT = rb'"input"\s*:\s*(?P<input>\{.*\})'
_SPLIT = (
    re.compile(rb"\s*\{\s*" + _BASE64 + rb"\s*,\s*" + _INPUT + rb"\s*\}\s*", re.DOTALL),
    re.compile(rb"\s*\{\s*" + _INPUT + rb"\s*,\s*" + _BASE64 + rb"\s*\}\s*", re.DOTALL),
)
# Below it, parsing and writing again costs less than a millisecond.
_WORTH_SPLITTING_BYTES = 32 * 1024
_FIELDS = {"input", "codebase64"}


@dataclass(frozen=True, slots=True)
class Block:
    """Code and input as the engine takes them; `is_checked` says whether the input is JSON."""

    code: str
    input_json: bytes
    is_checked: bool = True


def read_block(raw: bytes) -> Block:
    """The block of a body, its input surely a JSON object.

    Raises:
        BadParameter: the first thing that is wrong.
    """
    body = _object(raw)
    unknown = next((name for name in body if name not in _FIELDS), None)
    if unknown is not None:
        raise BadParameter(unknown[:100], Text("不允许的字段", "is not a known field"))
    given = body.get("input")
    if given is None:
        raise _refused("input", "不能为空", "is required")
    if not isinstance(given, dict):
        raise _refused("input", "必须是JSON对象", "must be a JSON object")
    return Block(_code(body.get("codebase64")), _within_limit(to_json(given)))


def split_block(raw: bytes) -> Block:
    """The same, the input of a large body taken as it stands (`is_checked` is False then).

    Raises:
        BadParameter: the first thing that is wrong.
    """
    if len(raw) >= _WORTH_SPLITTING_BYTES:
        for pattern in _SPLIT:
            found = pattern.fullmatch(raw)
            if found and len(found["input"]) <= MAX_INPUT_BYTES and _is_utf8(found["input"]):
                return Block(_code(found["code"].decode()), found["input"], is_checked=False)
    return read_block(raw)


def _object(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        raise _refused("body", "不能为空", "is required")
    try:
        body = from_json(raw, allow_inf_nan=False)
    except ValueError:
        raise _refused("body", "不是有效的JSON", "is not valid JSON") from None
    if not isinstance(body, dict):
        raise _refused("body", "必须是JSON对象", "must be a JSON object")
    return body


def _code(given: Any) -> str:
    if given is None or given == "":
        raise _refused("codebase64", "不能为空", "is required")
    if not isinstance(given, str):
        raise _refused("codebase64", "必须是字符串", "must be a text")
    code = _utf8(_decoded(given))
    if not code.strip():
        raise _refused("codebase64", "解码后代码不能为空", "decodes to nothing")
    return code


def _decoded(given: str) -> bytes:
    # `base64` of a shell breaks its lines.
    packed = given.replace("\r", "").replace("\n", "")
    try:
        code = binascii.a2b_base64(packed, strict_mode=True)
    except ValueError:
        raise _refused("codebase64", "不是有效的Base64编码", "is not valid Base64") from None
    if len(code) > MAX_CODE_BYTES:
        raise _refused(
            "codebase64",
            f"代码长度{len(code)}字节超过限制{MAX_CODE_BYTES}字节",
            f"has {len(code)} bytes of code, at most {MAX_CODE_BYTES}",
        )
    return code


def _utf8(code: bytes) -> str:
    try:
        return code.decode()
    except UnicodeDecodeError:
        raise _refused("codebase64", "解码后不是有效的UTF-8文本", "is no UTF-8 text") from None


def _within_limit(packed: bytes) -> bytes:
    if len(packed) > MAX_INPUT_BYTES:
        raise _refused(
            "input",
            f"大小{len(packed)}字节超过限制{MAX_INPUT_BYTES}字节",
            f"has {len(packed)} bytes, at most {MAX_INPUT_BYTES}",
        )
    return packed


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refused(field: str, zh: str, en: str) -> BadParameter:
    return BadParameter(field, Text(zh, en))
