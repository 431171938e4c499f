"""GIFT read strictly: what is not understood is refused with its line, never guessed.

Read are choices with one or several right answers, true/false, short answers, essays and missing
words; numbers, matching and descriptions are refused, since a question has no form for them.
Feedback of single answers and `$CATEGORY` lines are passed over.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from shared.core.text import Text
from shared.learning.formats.errors import FormatError, checked, line
from shared.learning.formats.gift_writer import NOTE
from shared.learning.questions import Question

_BLOCK = re.compile(
    r"(?:::(?P<title>(?:\\.|[^\\:])*)::)?(?P<before>(?:\\.|[^\\{}])*)"
    r"\{(?P<body>(?:\\.|[^\\{}])*)\}(?P<after>(?:\\.|[^\\{}])*)",
    re.DOTALL,
)
_BODY = re.compile(r"(?P<answers>(?:\\.|[^\\#]|#(?!###))*)(?:####(?P<general>.*))?", re.DOTALL)
_ANSWERS = re.compile(r"(?:[=~](?:\\.|[^\\=~])*)+", re.DOTALL)
_ANSWER = re.compile(r"([=~])((?:\\.|[^\\=~])*)", re.DOTALL)
_WEIGHT = re.compile(r"\s*%(-?\d{1,3}(?:\.\d{1,9})?)%")
_FEEDBACK = re.compile(r"(?:\\.|[^\\#])*", re.DOTALL)
_MATCHING = re.compile(r"(?:\\.|[^\\])*?->", re.DOTALL)
_TRUTH = re.compile(r"\s*(T|TRUE|F|FALSE)\s*(?:#.*)?", re.DOTALL)
_FORM = re.compile(r"\s*\[(?:plain|html|moodle|markdown)\]")
_ESCAPED = re.compile(r"\\(->|.)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOT_GIFT = Text("不是有效的 GIFT 题目", "is not a GIFT question")
_NOT_READ = Text("不支持数值题和匹配题", "numbers and matching are not supported")
_BAD_NOTE = Text("题目注释无效", "has a broken note")
_GAP = " _____ "
_NOTED = {"type", "difficulty", "topic", "rubric", "answer"}


def read(text: str) -> list[Question]:
    """The file's questions. Raises FormatError."""
    return checked([_question(number, block) for number, block in _blocks(text)])


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """What stands between empty lines, with the number of its first line."""
    held: list[str] = []
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for number, found in enumerate([*text.split("\n"), ""], start=1):
        if found.strip():
            held.append(found)
            continue
        if any(map(_says_something, held)):
            yield number - len(held), held
        held = []


def _says_something(text: str) -> bool:
    return not text.lstrip().startswith(("//", "$CATEGORY", "$COURSE"))


def _question(number: int, block: list[str]) -> dict[str, Any]:
    try:
        parts = _BLOCK.fullmatch("\n".join(filter(_says_something, block)).strip())
        if parts is None:
            raise FormatError(_NOT_GIFT)
        return _assembled(parts, _note(block))
    except FormatError as error:
        raise FormatError(error.reason, line(number)) from error


def _assembled(parts: re.Match[str], note: dict[str, Any]) -> dict[str, Any]:
    body = _BODY.fullmatch(parts["body"])
    if body is None:
        raise FormatError(_NOT_GIFT)
    found = _answers(body["answers"])
    stem = _plain(parts["before"])
    if parts["after"].strip():
        stem = f"{stem}{_GAP}{_plain(parts['after'])}".strip()
    question = {"type": "reading" if found else "writing", "stem": stem, **found, **note}
    if body["general"]:
        question["explanation"] = _plain(body["general"])
    title = _plain(parts["title"] or "")
    return question | ({"id": title} if _NAME.fullmatch(title) else {})


def _note(block: list[str]) -> dict[str, Any]:
    for text in block:
        if text.startswith(NOTE):
            try:
                note = json.loads(text.removeprefix(NOTE))
            except (json.JSONDecodeError, RecursionError) as error:
                raise FormatError(_BAD_NOTE) from error
            if not isinstance(note, dict) or not note.keys() <= _NOTED:
                raise FormatError(_BAD_NOTE)
            return note
    return {}


def _answers(text: str) -> dict[str, Any]:
    """Options and answer; nothing for an essay."""
    truth = _TRUTH.fullmatch(text)
    if truth:
        return {"options": ["True", "False"], "answer": "True" if truth[1][0] == "T" else "False"}
    text = text.strip()
    if not text:
        return {}
    if text.startswith("#") or (text[0] in "=~" and _is_matching(text)):
        raise FormatError(_NOT_READ)
    if not _ANSWERS.fullmatch(text):
        raise FormatError(_NOT_GIFT)
    found = [_answer(sign, each) for sign, each in _ANSWER.findall(text)]
    right = [said for said, is_right in found if is_right]
    if "~" not in {sign for sign, _ in _ANSWER.findall(text)}:
        return {"answer": right}
    return {"options": [said for said, _ in found], "answer": right}


def _is_matching(text: str) -> bool:
    return any(_MATCHING.match(each) for _, each in _ANSWER.findall(text))


def _answer(sign: str, text: str) -> tuple[str, bool]:
    weight = _WEIGHT.match(text)
    said = _FEEDBACK.match(text, weight.end() if weight else 0)
    is_right = float(weight[1]) > 0 if weight else sign == "="
    return _plain(said[0] if said else ""), is_right


def _plain(text: str) -> str:
    text = _FORM.sub("", text, count=1) if _FORM.match(text) else text
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text).strip()
