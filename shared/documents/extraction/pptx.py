"""Presentations: one section per slide: title, shapes, tables, then the speaker's notes."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from shared.documents.extraction.archive import open_checked
from shared.documents.extraction.model import MAX_PAGES, ExtractionError, FailureCode, Section
from shared.documents.extraction.ooxml import Markup, parse_part, relations

if TYPE_CHECKING:
    from lxml.etree import _Element

_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DRAWING = Markup("http://schemas.openxmlformats.org/drawingml/2006/main")
_MAIN = "ppt/presentation.xml"
_TITLES = ("title", "ctrTitle")
# Placeholders of a notes page or a slide that hold no text of the author.
_FURNITURE = ("sldNum", "dt", "ftr", "hdr", "sldImg")


def read_pptx(path: Path) -> Iterator[Section]:
    """Slides in show order, hidden ones too. Raises ExtractionError."""
    with open_checked(path) as archive:
        root = parse_part(archive, _MAIN)
        if root is None:
            raise ExtractionError(FailureCode.CORRUPT, "no main part")
        targets = relations(archive, _MAIN)
        slides = [slide.get(_RELATION_ID, "") for slide in root.iter(f"{_P}sldId")]
        if len(slides) > MAX_PAGES:
            raise ExtractionError(FailureCode.TOO_MANY_PAGES, f"{len(slides)} slides")
        for number, relation in enumerate(slides, 1):
            _, target = targets.get(relation, ("", ""))
            yield _slide(archive, target, number)


def _slide(archive: zipfile.ZipFile, target: str, number: int) -> Section:
    root = parse_part(archive, target)
    if root is None:
        return Section("", number)
    title = ""
    lines: list[str] = []
    for shape in root.iter(f"{_P}sp", f"{_P}graphicFrame"):
        kind = _placeholder(shape)
        if kind in _TITLES and not title:
            title = " ".join(" ".join(_shape_lines(shape)).split())
        elif kind not in _FURNITURE:
            lines.extend(_shape_lines(shape))
    for kind, part in relations(archive, target).values():
        notes = parse_part(archive, part) if kind == "notesSlide" else None
        if notes is not None:
            lines.extend(_notes(notes))
    return Section("\n".join(lines), number, title)


def _notes(root: "_Element") -> Iterator[str]:
    for shape in root.iter(f"{_P}sp"):
        if _placeholder(shape) not in _FURNITURE:
            yield from _shape_lines(shape)


def _placeholder(shape: "_Element") -> str:
    mark = next(shape.iter(f"{_P}ph"), None)
    return "" if mark is None else mark.get("type", "body")


def _shape_lines(shape: "_Element") -> Iterator[str]:
    tables = list(shape.iter(_DRAWING.table))
    for table in tables:
        yield from _DRAWING.table_lines(table)
    if not tables:
        for paragraph in shape.iter(_DRAWING.paragraph):
            if text := _DRAWING.paragraph_text(paragraph):
                yield text
