"""Questions as GIFT, Moodle's text format (https://docs.moodle.org/en/GIFT_format).

GIFT has no place for a question's type, difficulty, topic and rubric, nor for the reference answer
of an essay: they are in a comment before it, which other programs pass over.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from shared.learning.questions import Question

NOTE: Final = "// rolecraft: "
_SPECIAL = re.compile(r"[\\~=#{}:]|->|^[%\[]")


def write(questions: Sequence[Question]) -> str:
    """The file's text."""
    return "\n".join(_block(question) for question in questions)


def _block(question: Question) -> str:
    note = json.dumps(_note(question), ensure_ascii=False)
    explanation = f"\t####{_escaped(question.explanation)}\n" if question.explanation else ""
    title = f"::{_escaped(question.id)}::" if question.id else ""
    answers = "".join(f"\t{line}\n" for line in _answers(question))
    return f"{NOTE}{note}\n{title}{_escaped(question.stem)} {{\n{answers}{explanation}}}\n"


def _note(question: Question) -> dict[str, Any]:
    note: dict[str, Any] = {
        "type": question.type,
        "difficulty": question.difficulty,
        "topic": question.topic,
    }
    if question.rubric:
        note["rubric"] = [line.model_dump() for line in question.rubric]
    if question.is_written and question.answer:
        note["answer"] = question.answer
    return note


def _answers(question: Question) -> list[str]:
    if question.is_written:
        return []
    right = question.answers
    if not question.options:
        return [f"={_escaped(answer)}" for answer in right]
    if len(right) == 1:
        return [f"{'=' if text in right else '~'}{_escaped(text)}" for text in question.options]
    share = f"%{100 / len(right):.5f}%"
    return [f"~{share if text in right else '%-100%'}{_escaped(text)}" for text in question.options]


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", text).replace("\n", "\\n")
