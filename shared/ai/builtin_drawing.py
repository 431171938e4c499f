"""What the offline model understands of pictures: a plain request to draw something."""

import json
import re
from collections.abc import Mapping
from typing import Any

from shared.ai.port import ChatRequest, Message, ToolCall
from shared.core.text import Language, Text

_SKILL = "image_generation"
_DRAWN = Text(
    "我是离线模型，已为您提交图片任务：", "I am the offline model; the picture is on its way: "
)
_NOT_DRAWN = Text("我是离线模型，图片没有生成：", "I am the offline model; there is no picture: ")
NOTES = (_DRAWN, _NOT_DRAWN)
"""What this model adds of its own."""

_PLEA = r"(?:请|麻烦|可以|可否|能不能|能否|能|你|帮我|帮忙|帮|给我|给|为我|再|来){1,4}[,，\s]*"
_MEASURE = r"(?=[一两三几这那个张幅只条]|[:：\s])"
_PICTURE_ZH = r"(?=.{0,200}(?:图|画|照片|海报|头像|壁纸))"
# 画家 and 画得 are no requests: the verb follows a plea, or precedes a measure word.
_ZH = re.compile(
    rf"{_PLEA}画(?![得家展画廊布面室])|画{_MEASURE}|(?:{_PLEA})?(?:绘制|画出)|"
    rf"(?:{_PLEA})?(?:生成|做|设计|来){_MEASURE}{_PICTURE_ZH}"
)
_PLEASE = r"(?:please[,\s]+|(?:can|could|would|will)\s+you\s+|i\s+want\s+you\s+to\s+){0,3}"
_PICTURE_EN = r"(?:picture|image|drawing|painting|photo|illustration|poster|sketch)"
_EN = re.compile(
    rf"{_PLEASE}(?:(?:draw|paint|sketch)(?:\s+me)?(?:\s+(?=an?\s|the\s|some\s|two\s|three\s)|:)"
    rf"(?!an?\s+(?:conclusion|comparison|distinction|line\s+between)\b)"
    rf"|(?:make|generate|create)\s+(?:me\s+)?(?=an?\s(?:\w+\s)?{_PICTURE_EN}\b))",
    re.IGNORECASE,
)
_MARKS = " \n\t,，:：。.！!？?"
_COURTESIES = ("谢谢", "好吗", "可以吗", "吗", "thanks", "please")
_LONGEST_PROMPT = 2000


def drawing_call(request: ChatRequest) -> ToolCall | None:
    """The call of the skill, where it is offered and the last message asks for a picture."""
    last = request.messages[-1] if request.messages else None
    if last is None or last.role != "user" or _SKILL not in (t.name for t in request.tools):
        return None
    prompt = _asked_for(last.content.strip())
    if not prompt:
        return None
    arguments = json.dumps({"prompt": prompt[:_LONGEST_PROMPT]}, ensure_ascii=False)
    return ToolCall(f"call_{len(request.messages)}", _SKILL, arguments)


def _asked_for(text: str) -> str:
    """What is to be drawn; "" where that is not asked."""
    found = _ZH.match(text) or _EN.match(text)
    what = text[found.end() :].strip(_MARKS) if found else ""
    for courtesy in _COURTESIES:
        what = what.removesuffix(courtesy).rstrip(_MARKS)
    return what


def drawing_told(request: ChatRequest, language: Language) -> str | None:
    """What came of the call, where that is what the model was told last."""
    last = request.messages[-1] if request.messages else Message("user", "")
    if last.role != "tool":
        return None
    told = _json_of(last.content)
    if "link" in told:
        return f"{_DRAWN.of(language)}{told['link']}"
    return f"{_NOT_DRAWN.of(language)}{told.get('error', last.content)}"


def _json_of(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
