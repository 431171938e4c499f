"""Bodies of Bedrock's Converse: the request out, the answer and its events in.

Source: Amazon Bedrock API reference, Converse and ConverseStream.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.ai.errors import ContextTooLong, InvalidProviderAnswer, ProviderRejected
from shared.ai.port import (
    ChatRequest,
    Completion,
    Finished,
    FinishReason,
    Message,
    StreamEvent,
    TextDelta,
    ToolCall,
    ToolCalls,
    Usage,
)
from shared.ai.tokens import estimate_usage

_REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
}
_MALFORMED = {"malformed_model_output", "malformed_tool_use"}
_NO_ROOM = "model_context_window_exceeded"


def converse_arguments(request: ChatRequest) -> dict[str, Any]:
    """The keyword arguments of `converse` and `converse_stream`."""
    arguments: dict[str, Any] = {
        "modelId": request.model,
        "messages": _messages(request.messages),
    }
    system = [m.content for m in request.messages if m.role == "system" and m.content.strip()]
    if system:
        arguments["system"] = [{"text": text} for text in system]
    inference = {
        "maxTokens": request.max_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "stopSequences": list(request.stop) or None,
    }
    given = {name: value for name, value in inference.items() if value is not None}
    if given:
        arguments["inferenceConfig"] = given
    if request.tools:
        arguments["toolConfig"] = _tool_config(request)
    return arguments


def read_completion(provider: str, request: ChatRequest, answer: Mapping[str, Any]) -> Completion:
    """The answer of `converse`.

    Raises:
        InvalidProviderAnswer: blank, malformed, or of an unknown shape.
        ContextTooLong: the window was full.
        ProviderRejected: a guardrail or filter took the answer away.
    """
    try:
        blocks = answer["output"]["message"]["content"]
        stop = answer["stopReason"]
    except (KeyError, TypeError) as error:
        raise InvalidProviderAnswer(provider, str(answer)[:200]) from error
    content = "".join(block["text"] for block in blocks if "text" in block)
    calls = tuple(_read_call(block["toolUse"]) for block in blocks if "toolUse" in block)
    reason = _finish_reason(provider, stop, bool(content.strip() or calls))
    usage = read_usage(answer.get("usage")) or estimate_usage(request, content)
    return Completion(content, reason, usage, calls)


def read_usage(usage: Mapping[str, Any] | None) -> Usage | None:
    """Tokens; Bedrock counts what its cache served beside `inputTokens`, not within."""
    if not usage:
        return None
    cached = usage.get("cacheReadInputTokens") or 0
    written = usage.get("cacheWriteInputTokens") or 0
    return Usage(usage["inputTokens"] + cached + written, usage["outputTokens"], cached)


@dataclass(slots=True)
class _PartialCall:
    id: str
    name: str
    input: list[str] = field(default_factory=list)


class StreamReader:
    """Turns the events of one stream into ours; `finish` gives those that end it."""

    def __init__(self, provider: str, request: ChatRequest) -> None:
        self._provider = provider
        self._request = request
        self._text: list[str] = []
        self._calls: dict[int, _PartialCall] = {}
        self._stop: str | None = None
        self._usage: Usage | None = None

    def read(self, event: Mapping[str, Any]) -> TextDelta | None:
        """The text of an event, None where it shows none."""
        if "contentBlockDelta" in event:
            return self._read_delta(event["contentBlockDelta"])
        if "contentBlockStart" in event:
            block = event["contentBlockStart"]
            tool = block.get("start", {}).get("toolUse")
            if tool:
                self._calls[block["contentBlockIndex"]] = _PartialCall(
                    tool["toolUseId"], tool["name"]
                )
        elif "messageStop" in event:
            self._stop = event["messageStop"]["stopReason"]
        elif "metadata" in event:
            self._usage = read_usage(event["metadata"].get("usage"))
        return None

    def finish(self) -> list[StreamEvent]:
        """The tool calls, if any, and the end; raises as `read_completion`, or when cut."""
        if self._stop is None:
            raise InvalidProviderAnswer(self._provider, "ended early", reason="cut")
        calls = tuple(
            ToolCall(call.id, call.name, "".join(call.input) or "{}")
            for _, call in sorted(self._calls.items())
        )
        reason = _finish_reason(self._provider, self._stop, bool(self._text or calls))
        usage = self._usage or estimate_usage(self._request, "".join(self._text))
        end = Finished(reason, usage)
        return [ToolCalls(calls), end] if calls else [end]

    def _read_delta(self, block: Mapping[str, Any]) -> TextDelta | None:
        delta = block["delta"]
        if "toolUse" in delta:
            call = self._calls.get(block["contentBlockIndex"])
            if call:
                call.input.append(delta["toolUse"]["input"])
        text = delta.get("text")
        if not text or not (self._text or text.strip()):
            return None
        self._text.append(text)
        return TextDelta(text)


def _messages(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Roles alternate and the user begins: neighbours of one role become one message."""
    merged: list[dict[str, Any]] = []
    for message in messages:
        role = "assistant" if message.role == "assistant" else "user"
        blocks = [] if message.role == "system" else _blocks(message)
        if not blocks or (role == "assistant" and not merged):
            continue
        if merged and merged[-1]["role"] == role:
            merged[-1]["content"] += blocks
        else:
            merged.append({"role": role, "content": blocks})
    return merged


def _blocks(message: Message) -> list[dict[str, Any]]:
    if message.role == "tool":
        result = {"toolUseId": message.tool_call_id, "content": [{"text": message.content or " "}]}
        return [{"toolResult": result}]
    text = [{"text": message.content}] if message.content.strip() else []
    return text + [{"toolUse": _tool_use(call)} for call in message.tool_calls]


def _tool_use(call: ToolCall) -> dict[str, Any]:
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):  # the model's own mistake, told back as it was
        arguments = {"invalid": call.arguments}
    return {"toolUseId": call.id, "name": call.name, "input": arguments}


def _read_call(block: Mapping[str, Any]) -> ToolCall:
    arguments = json.dumps(block.get("input") or {}, ensure_ascii=False)
    return ToolCall(block["toolUseId"], block["name"], arguments)


def _tool_config(request: ChatRequest) -> dict[str, Any]:
    tools = [
        {
            "toolSpec": {
                "name": tool.name,
                "description": tool.description,
                "inputSchema": {"json": dict(tool.parameters)},
            }
        }
        for tool in request.tools
    ]
    choice = _tool_choice(request.tool_choice)
    return {"tools": tools, "toolChoice": choice} if choice else {"tools": tools}


def _tool_choice(choice: str | Mapping[str, Any] | None) -> dict[str, Any] | None:
    if choice == "required":
        return {"any": {}}
    if isinstance(choice, Mapping):
        return {"tool": {"name": choice["function"]["name"]}}
    return {"auto": {}} if choice == "auto" else None


def _finish_reason(provider: str, stop: str, has_answer: bool) -> FinishReason:
    if stop == _NO_ROOM:
        raise ContextTooLong(provider, stop)
    if stop in _MALFORMED:
        raise InvalidProviderAnswer(provider, stop)
    reason = _REASONS.get(stop, "stop")
    if has_answer:
        return reason
    if reason == "content_filter":
        raise ProviderRejected(provider, stop, reason="content_filtered")
    raise InvalidProviderAnswer(provider, reason="blank_answer", retryable=reason != "length")
