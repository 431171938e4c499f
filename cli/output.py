"""What commands print: aligned tables for people, JSON for programs."""

import json
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import click

_GAP = "  "
_WIDE = ("W", "F")

as_json: Callable[[Any], Any] = click.option(
    "--json", "in_json", is_flag=True, help="Print the API's answer as JSON."
)


def print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Texts to the left, numbers to the right, nothing (None) as a dash."""
    texts = [[_text(value) for value in row] for row in rows]
    columns = range(len(heads))
    widths = [max(map(_width, (heads[at], *(row[at] for row in texts)))) for at in columns]
    right = [all(isinstance(row[at], int | float | None) for row in rows) for at in columns]
    for line in (heads, *texts):
        cells = (_padded(line[at], widths[at], right[at] and bool(rows)) for at in columns)
        click.echo(_GAP.join(cells).rstrip())


def _text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(each) in _WIDE else 1 for each in text)


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
