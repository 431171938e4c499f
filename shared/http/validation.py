"""What a validation failure says: the field, the reason, all failures (contract common.md)."""

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

from shared.core.errors import InvalidRequest, WrongField
from shared.core.text import Text

# An answer may have 6 MB, and each of a million unknown fields is a failure of its own.
LISTED: Final = 1000
LONGEST_FIELD: Final = 200
_REASONS: dict[str, Text] = {
    "missing": Text("不能为空", "is required"),
    "extra_forbidden": Text("不允许的字段", "is not a known field"),
    "json_invalid": Text("不是有效的 JSON", "is not valid JSON"),
    "string_type": Text("应为字符串", "must be a text"),
    "string_unicode": Text("不是有效的 Unicode 文本", "is not valid Unicode text"),
    "string_too_short": Text(
        "长度不能少于 {min_length}", "must have at least {min_length} characters"
    ),
    "string_too_long": Text(
        "长度不能超过 {max_length}", "must have at most {max_length} characters"
    ),
    "string_pattern_mismatch": Text("格式不正确", "has a wrong format"),
    "int_parsing": Text("应为整数", "must be a whole number"),
    "int_parsing_size": Text("数字过大", "is too large a number"),
    "int_type": Text("应为整数", "must be a whole number"),
    "int_from_float": Text("应为整数", "must be a whole number"),
    "finite_number": Text("应为有限数字", "must be a finite number"),
    "float_parsing": Text("应为数字", "must be a number"),
    "float_type": Text("应为数字", "must be a number"),
    "bool_parsing": Text("应为布尔值", "must be true or false"),
    "bool_type": Text("应为布尔值", "must be true or false"),
    "greater_than_equal": Text("不能小于 {ge}", "must be at least {ge}"),
    "less_than_equal": Text("不能大于 {le}", "must be at most {le}"),
    "literal_error": Text("应为 {expected} 之一", "must be one of {expected}"),
    "enum": Text("应为 {expected} 之一", "must be one of {expected}"),
    "list_type": Text("应为数组", "must be a list"),
    "too_long": Text("不能超过 {max_length} 项", "must have at most {max_length} items"),
    "too_short": Text("不能少于 {min_length} 项", "must have at least {min_length} items"),
    "model_attributes_type": Text("应为 JSON 对象", "must be a JSON object"),
    "model_type": Text("应为 JSON 对象", "must be a JSON object"),
    "dict_type": Text("应为 JSON 对象", "must be a JSON object"),
}
# What libraries say in a ValueError names their own types.
_NOT_VALID = Text("取值不正确", "is not valid")
_PLACES = {"body", "query", "path", "header"}
# Where a value may be of several types, pydantic names the one it tried as a step of the path.
_TRIED = re.compile(r"(?:constrained-)?(?:str|int|float)|(?:list|dict|function-\w+)\[.*\]")


def refusal(errors: Sequence[Any]) -> InvalidRequest:
    """The 400 of pydantic's list of errors, the first one in front; it lists up to a thousand."""
    found = [failure_of(item) for item in islice(errors, LISTED)]
    field, reason = found[0]
    message = Text(f"请求参数错误：{field} {reason.zh}", f"Invalid {field}: {reason.en}")
    details = {
        "field": field,
        "reason": reason.en,
        "errors": [{"field": field, "reason": reason.en} for field, reason in found],
    }
    return InvalidRequest(message, details=details)


def failure_of(error: Any) -> tuple[str, Text]:
    """The field (dotted path) and the reason of one of pydantic's errors."""
    cause = error.get("ctx", {}).get("error")
    named = (cause.field,) if isinstance(cause, WrongField) else ()
    return _field((*error["loc"], *named)), _reason(error)


def _field(location: Sequence[str | int]) -> str:
    path = location[1:] if location and location[0] in _PLACES else location
    if path and location[0] == "body" and isinstance(path[0], int) and len(path) == 1:
        return "body"  # the position of a JSON syntax error
    named = [str(step) for step in path if not _TRIED.fullmatch(str(step))]
    return ".".join(named)[:LONGEST_FIELD] or "body"


def _reason(item: Any) -> Text:
    if item["type"] == "value_error":
        cause = item.get("ctx", {}).get("error")
        if cause is not None and cause.args and isinstance(cause.args[0], Text):
            return cause.args[0]
        return _NOT_VALID
    known = _REASONS.get(item["type"])
    if known is None:
        return Text(item["msg"], item["msg"])
    filled = known.fill(**item.get("ctx", {}))
    # pydantic lists values in English
    return Text(filled.zh.replace(" or ", "、").replace("', '", "'、'"), filled.en)
