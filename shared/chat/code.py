"""The skill that runs code which the model wrote, within the limits of everybody's code blocks."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shared.ai.port import ToolSpec
from shared.ai.tools import ToolAnswer, ToolContext
from shared.code.models import MAX_CODE_BYTES, MAX_INPUT_BYTES, CodeRequest
from shared.core import context
from shared.core.errors import AppError, InvalidRequest, RateLimited
from shared.core.text import Text
from shared.core.threads import in_thread

if TYPE_CHECKING:
    from shared.code.models import CodeOutcome

NAME = "code_execution"
MOST_PER_ANSWER = 8
"""Executions of one answer: a model may call in circles."""

TIMEOUT_MS = 8_000
"""A conversation waits for it, and may ask for several in one answer."""

SHOWN_CHARS = 20_000
_TOO_MANY = Text(
    f"一次回答最多执行 {MOST_PER_ANSWER} 次代码。",
    f"One answer may run code {MOST_PER_ANSWER} times at most.",
)
_NO_CODE = Text("不能为空", "must be a text that is not empty")
_NO_OBJECT = Text("必须是 JSON 对象", "must be a JSON object")
_TOO_LONG = Text("超过长度限制", "is too long")


class CodeExecution:
    """Runs code blocks for the person who sent the message; one instance an answer.

    The code gets its input and nothing else: no credential, no data of the person.
    """

    name = NAME
    spec = ToolSpec(
        NAME,
        "Run JavaScript and get its result. The code is the body of an async function with `input` "
        "in scope; `return` gives the result, console does not exist. lodash, date-fns, crypto-js, "
        "qs, uuid and axios can be required.",
        {
            "type": "object",
            "properties": {
                "code": {"type": "string", "description": "e.g. return input.a + input.b"},
                "input": {"type": "object", "description": "what the code works on"},
            },
            "required": ["code"],
            "additionalProperties": False,
        },
    )

    def __init__(self) -> None:
        self._runs = 0

    async def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolAnswer:
        """The result, or why there is none, both as JSON text."""
        self._runs += 1
        try:
            if self._runs > MOST_PER_ANSWER:
                raise RateLimited(_TOO_MANY)
            request = _request(arguments)
            outcome = await _execute(request, context.user_id)
        except AppError as error:
            return _told({"error": error.message.of(context.language)})
        return _told(_shown(outcome))


def _request(arguments: Mapping[str, Any]) -> CodeRequest:
    code, given = arguments.get("code"), arguments.get("input", {})
    if not isinstance(code, str) or not code.strip():
        raise InvalidRequest.of_field("code", _NO_CODE)
    if not isinstance(given, dict):
        raise InvalidRequest.of_field("input", _NO_OBJECT)
    packed = json.dumps(given, ensure_ascii=False).encode(errors="replace")
    if len(code.encode(errors="replace")) > MAX_CODE_BYTES:
        raise InvalidRequest.of_field("code", _TOO_LONG)
    if len(packed) > MAX_INPUT_BYTES:
        raise InvalidRequest.of_field("input", _TOO_LONG)
    # A lone surrogate out of the model's JSON is no text that could be sent.
    sendable = code.encode(errors="replace").decode()
    return CodeRequest(sendable, packed, TIMEOUT_MS, context.current().request_id)


async def _execute(request: CodeRequest, user_id: str) -> "CodeOutcome":
    from shared.flow.execution import execute  # a conversation without code needs none of these
    from shared.flow.limits import TokenLimit, limit_token, token_refusal

    # Every person has what a token has by default.
    limit = TokenLimit()
    decision = await limit_token(limit, user_id)
    if not decision.allowed:
        raise token_refusal(limit, decision)
    return await in_thread(execute, request)


def _shown(outcome: "CodeOutcome") -> dict[str, Any]:
    error = outcome.error
    if error is not None:
        place = {"line": error.line} if error.line else {}
        return {"error": {"type": error.type, "message": error.message[:SHOWN_CHARS], **place}}
    text = (outcome.result_json or b"null").decode()
    if len(text) > SHOWN_CHARS:
        return {"result_begins": text[:SHOWN_CHARS], "characters": len(text)}
    return {"result": json.loads(text)}


def _told(answer: dict[str, Any]) -> ToolAnswer:
    return ToolAnswer(json.dumps(answer, ensure_ascii=False))
