"""Word documents: paragraphs and tables in reading order, headers, notes."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from shared.documents.extraction.archive import open_checked
from shared.documents.extraction.headings import HeadingTrail
from shared.documents.extraction.model import ExtractionError, FailureCode, Section
from shared.documents.extraction.ooxml import Markup, drop, parse_part, relations

if TYPE_CHECKING:
    from lxml.etree import _Element

_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_W = f"{{{_NAMESPACE}}}"
_WORD = Markup(_NAMESPACE)
_MAIN = "word/document.xml"
_HEADING_NAME = re.compile(r"^(?:heading|标题)\s*(\d)$", re.IGNORECASE)
_PAGE_BREAK = f"{_W}lastRenderedPageBreak"
_AROUND_TEXT = ("header", "footer")
_NOTES = ("footnotes", "endnotes")


def read_docx(path: Path) -> Iterator[Section]:
    """Sections by heading and, where Word left page marks, by page. Raises ExtractionError."""
    with open_checked(path) as archive:
        root = parse_part(archive, _MAIN)
        if root is None:
            raise ExtractionError(FailureCode.CORRUPT, "no main part")
        # The source of a tracked move or deletion is not part of the text any more.
        drop(root, f"{_W}moveFrom", f"{_W}del")
        yield from _parts(archive, _AROUND_TEXT)
        yield from _body(root, _heading_levels(archive))
        yield from _parts(archive, _NOTES)


def _body(root: "_Element", levels: dict[str, int]) -> Iterator[Section]:
    has_pages = next(root.iter(_PAGE_BREAK), None) is not None
    trail, heading = HeadingTrail(), ""
    lines: list[str] = []
    page = 1 if has_pages else None
    for block in _blocks(root):
        level = _level(block, levels)
        breaks = sum(1 for _ in block.iter(_PAGE_BREAK)) if has_pages else 0
        if level or breaks:
            yield Section("\n".join(lines), page, heading)
            lines = []
            page = page + breaks if page is not None else None
        texts = _lines(block)
        if level and any(texts):
            heading = trail.enter(level, " ".join(texts))
        else:
            lines.extend(texts)
    yield Section("\n".join(lines), page, heading)


def _blocks(root: "_Element") -> Iterator["_Element"]:
    """Top-level paragraphs and tables; content controls are looked through."""
    for block in root.iter(_WORD.paragraph, _WORD.table):
        parent = block.getparent()
        while parent is not None and parent.tag in (f"{_W}sdtContent", f"{_W}sdt"):
            parent = parent.getparent()
        if parent is not None and parent.tag == f"{_W}body":
            yield block


def _lines(block: "_Element") -> list[str]:
    if block.tag == _WORD.table:
        return list(_WORD.table_lines(block))
    return [_WORD.paragraph_text(block)]


def _level(block: "_Element", levels: dict[str, int]) -> int:
    """Outline level from 1, 0 for body text."""
    properties = block.find(f"{_W}pPr") if block.tag == _WORD.paragraph else None
    if properties is None:
        return 0
    outline = properties.find(f"{_W}outlineLvl")
    if outline is not None:
        return _outline_level(outline)
    style = properties.find(f"{_W}pStyle")
    return levels.get(style.get(f"{_W}val", ""), 0) if style is not None else 0


def _outline_level(outline: "_Element") -> int:
    value = outline.get(f"{_W}val", "9")
    # Level 9 is body text (ECMA-376 17.3.1.20).
    return int(value) + 1 if value.isdigit() and int(value) < 9 else 0


def _heading_levels(archive: zipfile.ZipFile) -> dict[str, int]:
    """Style id → level, for the styles that are headings by name or by outline."""
    styles = parse_part(archive, "word/styles.xml")
    levels: dict[str, int] = {}
    for style in styles.iter(f"{_W}style") if styles is not None else ():
        name = style.find(f"{_W}name")
        title = (name.get(f"{_W}val") or "") if name is not None else ""
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        found = _HEADING_NAME.match(title)
        if title.lower() == "title":
            level = 1
        elif found:
            level = int(found[1])
        else:
            level = _outline_level(outline) if outline is not None else 0
        levels[style.get(f"{_W}styleId", "")] = level
    return levels


def _parts(archive: zipfile.ZipFile, kinds: tuple[str, ...]) -> Iterator[Section]:
    """Each different text of headers, footers or notes once; lone page numbers are dropped."""
    seen: set[str] = set()
    for kind, target in relations(archive, _MAIN).values():
        root = parse_part(archive, target) if kind in kinds else None
        if root is None:
            continue
        texts = (_WORD.paragraph_text(paragraph) for paragraph in root.iter(_WORD.paragraph))
        lines = [text for text in texts if text and not text.isdigit() and text not in seen]
        seen.update(lines)
        if lines:
            yield Section("\n".join(lines))
