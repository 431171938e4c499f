"""What commands print: aligned tables for people, JSON for programs."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import click
from rich.console import Console, RenderableType
from rich.table import Table

_UNBOUNDED = 10_000  # columns where no terminal is: a program reads whole lines

as_json: Callable[[Any], Any] = click.option(
    "--json", "in_json", is_flag=True, help="Print the API's answer as JSON."
)


def print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def console() -> Console:
    """Standard output as it is at this moment: colours and wrapping are for terminals."""
    found = Console(highlight=False, markup=False, emoji=False)
    if not found.is_terminal:
        found.width = _UNBOUNDED
    return found


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Texts to the left, numbers to the right, nothing (None) as a dash; drawings as they are."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for at, head in enumerate(heads):
        numbers = bool(rows) and all(isinstance(row[at], int | float | None) for row in rows)
        table.add_column(head, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console().print(table)


def _cell(value: Any) -> RenderableType:
    if value is None:
        return "-"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value) if isinstance(value, str | float) else value
