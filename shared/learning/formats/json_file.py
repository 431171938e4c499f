"""Questions as JSON: `{"questions": [...]}`, the form of the API; a bare list is read too."""

import json
from collections.abc import Sequence
from typing import Any

from shared.core.text import Text
from shared.learning.formats.errors import FormatError, checked, line
from shared.learning.questions import Question

_NOT_JSON = Text("不是有效的 JSON", "is not valid JSON")
_NO_LIST = Text("没有题目列表 questions", "has no list of questions")


def write(questions: Sequence[Question]) -> str:
    """The file's text."""
    form = {"questions": [question.model_dump(mode="json") for question in questions]}
    return json.dumps(form, ensure_ascii=False, indent=2) + "\n"


def read(text: str) -> list[Question]:
    """The file's questions. Raises FormatError."""
    try:
        found: Any = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise FormatError(_NOT_JSON, line(error.lineno)) from error
    except RecursionError as error:
        raise FormatError(_NOT_JSON) from error
    if isinstance(found, dict):
        found = found.get("questions")
    if not isinstance(found, list):
        raise FormatError(_NO_LIST)
    return checked(found)
