"""Token counts without a vocabulary: an estimate fitted to a current model's real counts.

Fitted by least squares to o200k_base over Chinese, English, code and mixed texts; within about
10 % on a page of text, 20 % on a single short paragraph (docs/decisions/0042). Used where a
provider sends no usage, for reservations, and to fit history into a context window.
"""

import json
import re
from collections.abc import Iterable
from math import ceil

from shared.ai.port import ChatRequest, Message, ToolSpec, Usage

# What a provider adds around each message, and once per request.
_PER_MESSAGE = 4
_PER_REQUEST = 3

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_KANA_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]+")
_WIDE_MARKS = re.compile(r"[\u3000-\u303f\uff00-\uffef\u2014\u2018-\u201d\u2026]+")
_WORDS = re.compile(r"[A-Za-z]+")
_DIGITS = re.compile(r"\d{1,3}")
_MARKS = re.compile(r"[!-/:-@\[-`{-~]+")
_BREAKS = re.compile(r"\n\s*")
_OTHER_LETTERS = re.compile(r"[\u00c0-\u1fff]+")
_REST = re.compile(
    r"[^\x00-\x7f\u00c0-\u1fff\u2014\u2018-\u201d\u2026\u3000-\u30ff\u3400-\u9fff"
    r"\uac00-\ud7af\uf900-\uffef\U00020000-\U0003ffff]+"
)
_LONG_WORD = 7


def estimate_tokens(text: str) -> int:
    """Tokens of a text; 0 for an empty one, else at least 1."""
    if not text:
        return 0
    words = _WORDS.findall(text)
    marks = _MARKS.findall(text)
    estimate = (
        0.74 * _length(_HAN, text)
        + 0.78 * _length(_KANA_HANGUL, text)
        + 0.96 * len(_WIDE_MARKS.findall(text))
        + 0.99 * len(words)
        + 0.23 * sum(len(word) - _LONG_WORD for word in words if len(word) > _LONG_WORD)
        + 1.22 * len(_DIGITS.findall(text))
        + 0.49 * len(marks)
        + 0.30 * sum(map(len, marks))
        + 0.78 * len(_BREAKS.findall(text))
        + 0.25 * _length(_OTHER_LETTERS, text)
        + 1.64 * _length(_REST, text)
    )
    return max(1, ceil(estimate))


def estimate_message(message: Message) -> int:
    """Tokens of one message, its tool calls and frame included."""
    calls = sum(estimate_tokens(call.name + call.arguments) + 8 for call in message.tool_calls)
    reasoning = estimate_tokens(message.reasoning or "")
    return _PER_MESSAGE + estimate_tokens(message.content) + calls + reasoning


def estimate_prompt(messages: Iterable[Message], tools: Iterable[ToolSpec] = ()) -> int:
    """Tokens of what a model is sent."""
    offered = sum(
        estimate_tokens(f"{tool.name} {tool.description} {json.dumps(dict(tool.parameters))}") + 8
        for tool in tools
    )
    return _PER_REQUEST + offered + sum(map(estimate_message, messages))


def estimate_usage(request: ChatRequest, answer: str) -> Usage:
    """The usage of a call whose provider sent none: cut, stopped, or an old server."""
    prompt = estimate_prompt(request.messages, request.tools)
    return Usage(prompt, estimate_tokens(answer), estimated=True)


def _length(pattern: re.Pattern[str], text: str) -> int:
    return sum(map(len, pattern.findall(text)))
