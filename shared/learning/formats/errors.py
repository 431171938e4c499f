"""Why a file of questions cannot be read."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.core.text import Text
from shared.http.validation import failure_of
from shared.learning.questions import Question, Questions

_adapter: TypeAdapter[list[Question]] = TypeAdapter(Questions)


class FormatError(ValueError):
    """The file is not of its format, or a question in it is not good.

    `place` is where: the line, or the number of the question, both from 1.
    """

    def __init__(self, reason: Text, place: Text | None = None) -> None:
        self.reason = reason if place is None else _joined(place, reason)
        super().__init__(self.reason.en)


def line(number: int) -> Text:
    """The place of a line."""
    return Text(f"第 {number} 行：", f"line {number}: ")


def checked(found: Sequence[Mapping[str, Any]]) -> list[Question]:
    """Good questions out of what a file holds. Raises FormatError, of the first that is not."""
    try:
        return _adapter.validate_python(found)
    except ValidationError as error:
        path, reason = failure_of(error.errors(include_url=False)[0])
        raise FormatError(reason, _place(path)) from error


def _place(path: str) -> Text | None:
    index, _, field = path.partition(".")
    if not index.isdecimal():
        return None  # what is wrong with all of them together
    number, field = int(index) + 1, f" {field}" if field else ""
    return Text(f"第 {number} 题{field}：", f"question {number}{field}: ")


def _joined(place: Text, reason: Text) -> Text:
    return Text(place.zh + reason.zh, place.en + reason.en)
