"""Questions as CSV (RFC 4180), UTF-8 with a mark so that spreadsheets know it.

One question a row. A cell with several values has one a line: options, answers, and rubric lines as
`points|line`. A cell that a spreadsheet would run as a formula is written behind an apostrophe
(https://owasp.org/www-community/attacks/CSV_Injection), which reading takes away again.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

from shared.core.text import Text
from shared.learning.formats.errors import FormatError, checked, line
from shared.learning.questions import Question

COLUMNS = (
    "id", "type", "stem", "options", "answer", "explanation", "difficulty", "topic", "rubric",
)  # fmt: skip
_NEEDED = {"type", "stem"}
_WOULD_RUN = re.compile(r"'*[=+\-@\t]")
_GUARDED = re.compile(r"'+[=+\-@\t]")
_ESCAPED = re.compile(r"\\(.)")
_BROKEN = Text("CSV 格式错误", "is not valid CSV")
_RUBRIC = Text("评分标准应为“分值|内容”", "rubric lines must be points|line")


def write(questions: Sequence[Question]) -> str:
    """The file's text."""
    held = io.StringIO(newline="")
    rows = csv.writer(held)
    rows.writerow(COLUMNS)
    rows.writerows([_guarded(cell) for cell in _cells(question)] for question in questions)
    return "\ufeff" + held.getvalue()


def read(text: str) -> list[Question]:
    """The file's questions. Raises FormatError."""
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        _check_columns(names)
        return checked(list(_values(names, rows)))
    except csv.Error as error:
        raise FormatError(_BROKEN, line(rows.line_num)) from error


def _check_columns(names: Sequence[str]) -> None:
    if not set(names) >= _NEEDED or len(set(names)) < len(names):
        raise FormatError(Text("缺少列 type、stem，或列名重复", "needs the columns type and stem"))
    unknown = sorted(set(names) - set(COLUMNS))
    if unknown:
        listed = ", ".join(unknown)[:100]
        raise FormatError(Text(f"未知的列：{listed}", f"unknown columns: {listed}"))


def _values(names: Sequence[str], rows: Any) -> Iterator[dict[str, Any]]:
    for row in rows:
        if not any(row):
            continue
        if len(row) > len(names):
            raise FormatError(_BROKEN, line(rows.line_num))
        cells = {name: _unguarded(cell) for name, cell in zip(names, row, strict=False)}
        yield _question({name: cell for name, cell in cells.items() if cell.strip()})


def _question(cells: dict[str, Any]) -> dict[str, Any]:
    if "options" in cells:
        cells["options"] = _lines(cells["options"])
    if "answer" in cells:
        answers = _lines(cells["answer"])
        cells["answer"] = answers[0] if len(answers) == 1 else answers
    if "rubric" in cells:
        cells["rubric"] = [_rubric_line(text) for text in _lines(cells["rubric"])]
    return cells


def _rubric_line(text: str) -> dict[str, Any]:
    points, _, said = text.partition("|")
    if not points.strip().isdecimal():
        raise FormatError(_RUBRIC)
    return {"points": int(points), "line": said}


def _cells(question: Question) -> list[str]:
    rubric = [f"{each.points}|{each.line}" for each in question.rubric]
    return [
        question.id,
        question.type,
        question.stem,
        _joined(question.options),
        _joined(question.answers),
        question.explanation,
        question.difficulty,
        question.topic,
        _joined(rubric),
    ]


def _joined(values: Sequence[str]) -> str:
    return "\n".join(value.replace("\\", "\\\\").replace("\n", "\\n") for value in values)


def _lines(cell: str) -> list[str]:
    lines = cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [_ESCAPED.sub(_unescaped, text) for text in lines if text.strip()]


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]


def _guarded(cell: str) -> str:
    return f"'{cell}" if _WOULD_RUN.match(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if _GUARDED.match(cell) else cell
