"""Rows of cells as lines of text."""

from collections.abc import Iterable

from shared.documents.extraction.model import Layout, Section

_LONGEST_HEADER = 300


def row_text(cells: Iterable[str]) -> str:
    """Cells joined by ` | `, each on one line; empty when all cells are."""
    texts = [" ".join(cell.split()) for cell in cells]
    return " | ".join(texts).strip() if any(texts) else ""


def table_section(rows: Iterable[str], *, page: int | None, title: str) -> Section:
    """A section whose heading is the title and the column names, so that each chunk has both."""
    lines = [row for row in rows if row]
    if len(lines) > 1 and len(lines[0]) <= _LONGEST_HEADER:
        heading = f"{title}\n{lines[0]}".strip()
        return Section("\n".join(lines[1:]), page, heading, Layout.ROWS)
    return Section("\n".join(lines), page, title, Layout.ROWS)
