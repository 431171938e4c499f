"""Why a file of questions cannot be read."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.core.text import Text
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
        first = error.errors(include_url=False)[0]
        raise FormatError(_reason(first), _place(first["loc"])) from error


def _place(loc: Sequence[int | str]) -> Text | None:
    if not loc or not isinstance(loc[0], int):
        return None
    field = f" {loc[1]}" if len(loc) > 1 else ""
    return Text(f"第 {loc[0] + 1} 题{field}：", f"question {loc[0] + 1}{field}: ")


def _reason(error: Mapping[str, Any]) -> Text:
    given = error.get("ctx", {}).get("error")
    said = given.args[0] if given is not None and given.args else None
    if isinstance(said, Text):
        return said
    return Text(str(error["msg"]), str(error["msg"]))


def _joined(place: Text, reason: Text) -> Text:
    return Text(place.zh + reason.zh, place.en + reason.en)
