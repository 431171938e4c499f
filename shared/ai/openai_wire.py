"""Bodies of the OpenAI chat protocol: the request out, the answer and its chunks in."""

import json
from dataclasses import dataclass, field
from typing import Any

from shared.ai.errors import InvalidProviderAnswer, ProviderRejected, ProviderUnavailable
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
    ToolSpec,
    Usage,
)
from shared.ai.tokens import estimate_usage

_REASONS: dict[str, FinishReason] = {
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}
# DeepSeek: the server ran out while it wrote, so what there is is not an answer.
_RAN_OUT = "insufficient_system_resource"


def request_body(request: ChatRequest, *, stream: bool, max_tokens_field: str) -> bytes:
    """The JSON body, serialised once; what the request leaves None is not sent."""
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(message) for message in request.messages],
        "temperature": request.temperature,
        "top_p": request.top_p,
        max_tokens_field: request.max_tokens,
        "stop": list(request.stop) or None,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": request.tool_choice if request.tools else None,
        "response_format": request.response_format,
        "stream": stream or None,
        "stream_options": {"include_usage": True} if stream else None,
    }
    present = {name: value for name, value in body.items() if value is not None}
    return json.dumps(present, ensure_ascii=False, separators=(",", ":")).encode()


def read_completion(provider: str, request: ChatRequest, body: bytes) -> Completion:
    """The answer of a plain call.

    Raises:
        InvalidProviderAnswer: not the protocol's JSON, or blank.
        ProviderRejected: the provider's filter took the answer away.
        ProviderUnavailable: the server ran out of resources while it wrote.
    """
    try:
        payload = json.loads(body)  # DeepSeek may send blank lines first; JSON allows them
        choice = payload["choices"][0]
        message = choice["message"]
        content = str(message.get("content") or "")
        calls = tuple(
            ToolCall(
                call.get("id") or f"call_{index}",
                call["function"]["name"],
                call["function"].get("arguments") or "{}",
            )
            for index, call in enumerate(message.get("tool_calls") or ())
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise InvalidProviderAnswer(provider, body[:200].decode("utf-8", "replace")) from error
    reason = _finish_reason(provider, choice.get("finish_reason"), bool(calls))
    _refuse_blank(provider, bool(content.strip() or calls), reason)
    usage = read_usage(payload.get("usage")) or estimate_usage(request, content)
    return Completion(content, reason, usage, calls, _reasoning(message) or None)


def read_usage(usage: Any) -> Usage | None:
    """Tokens of a `usage` object; None where there is none."""
    if not isinstance(usage, dict) or not isinstance(usage.get("prompt_tokens"), int):
        return None
    details = usage.get("prompt_tokens_details") or {}
    cached = details.get("cached_tokens") or usage.get("prompt_cache_hit_tokens") or 0
    return Usage(usage["prompt_tokens"], int(usage.get("completion_tokens") or 0), int(cached))


@dataclass(slots=True)
class _PartialCall:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class StreamReader:
    """Turns the chunks of one stream into events; `finish` gives those that end it."""

    def __init__(self, provider: str, request: ChatRequest) -> None:
        self._provider = provider
        self._request = request
        self._text: list[str] = []
        self._blank = ""
        self._reasoning: list[str] = []
        self._calls: dict[int, _PartialCall] = {}
        self._reason: str | None = None
        self._usage: Usage | None = None
        self.done = False

    @property
    def complete(self) -> bool:
        """Whether the model said why it stopped, or the server that all was sent."""
        return self.done or self._reason is not None

    def read(self, payload: Any) -> TextDelta | None:
        """The text of a chunk, None where it shows none.

        White space is held back until a visible character comes, so that a blank answer is
        known as such before anything of it was shown.

        Raises:
            InvalidProviderAnswer: the chunk has not the protocol's shape.
        """
        try:
            if payload.get("usage"):
                self._usage = read_usage(payload["usage"])
            choices = payload["choices"]
            return self._read_choice(choices[0]) if choices else None
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise InvalidProviderAnswer(self._provider, str(payload)[:200]) from error

    def finish(self) -> list[StreamEvent]:
        """The tool calls, if any, and the end.

        Raises: as `read_completion`.
        """
        calls = tuple(
            ToolCall(call.id or f"call_{index}", call.name, "".join(call.arguments) or "{}")
            for index, call in sorted(self._calls.items())
        )
        reason = _finish_reason(self._provider, self._reason, bool(calls))
        _refuse_blank(self._provider, bool(self._text or calls), reason)
        usage = self._usage or estimate_usage(self._request, "".join(self._text))
        end = Finished(reason, usage)
        return [ToolCalls(calls, "".join(self._reasoning) or None), end] if calls else [end]

    def _read_choice(self, choice: dict[str, Any]) -> TextDelta | None:
        delta = choice.get("delta") or {}
        self._reason = choice.get("finish_reason") or self._reason
        text = delta.get("content")
        if len(delta) > 1 or not text:
            self._read_more(delta)
        return self._shown(text) if text else None

    def _shown(self, text: str) -> TextDelta | None:
        if not self._text:
            text = self._blank + text
            if not text.strip():
                self._blank = text
                return None
        self._text.append(text)
        return TextDelta(text)

    def _read_more(self, delta: dict[str, Any]) -> None:
        reasoning = _reasoning(delta)
        if reasoning:
            self._reasoning.append(reasoning)
        for position, piece in enumerate(delta.get("tool_calls") or ()):
            index = piece.get("index")
            call = self._calls.setdefault(position if index is None else index, _PartialCall())
            function = piece.get("function") or {}
            call.id = call.id or piece.get("id") or ""
            call.name = call.name or function.get("name") or ""
            call.arguments.append(function.get("arguments") or "")


def _message(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        body["content"] = message.content or None
        body["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
        if message.reasoning:
            body["reasoning_content"] = message.reasoning
    if message.tool_call_id:
        body["tool_call_id"] = message.tool_call_id
    return body


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": dict(tool.parameters),
        },
    }


def _reasoning(message: dict[str, Any]) -> str:
    """DeepSeek and Ark say `reasoning_content`, Ollama `reasoning`."""
    return message.get("reasoning_content") or message.get("reasoning") or ""


def _finish_reason(provider: str, reason: str | None, has_calls: bool) -> FinishReason:
    if reason == _RAN_OUT:
        raise ProviderUnavailable(provider, reason)
    if has_calls and reason != "length":
        return "tool_calls"  # Ollama ends a tool turn with `stop`
    return _REASONS.get(reason or "", "stop")


def _refuse_blank(provider: str, has_answer: bool, reason: FinishReason) -> None:
    if has_answer:
        return
    if reason == "content_filter":
        raise ProviderRejected(provider, reason="content_filtered")
    # All tokens went into thinking: the same call would end the same way.
    raise InvalidProviderAnswer(provider, reason="blank_answer", retryable=reason != "length")
