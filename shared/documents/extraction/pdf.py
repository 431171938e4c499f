"""PDF by PDFium: the text of each page, headings from the bookmarks."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from shared.documents.extraction.encoding import clean_text
from shared.documents.extraction.headings import HeadingTrail
from shared.documents.extraction.model import (
    MAX_PAGES,
    ExtractionError,
    FailureCode,
    Layout,
    Section,
)

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

# PDFium marks a hyphen at a line end with U+FFFE or U+0002.
_SOFT_HYPHENS = ("\ufffe", "\x02")


def read_pdf(path: Path) -> Iterator[Section]:
    """One wrapped section per page, empty pages too.

    Raises ExtractionError ENCRYPTED, CORRUPT, TOO_MANY_PAGES.
    """
    document = _open(path)
    count = len(document)
    if count > MAX_PAGES:
        raise ExtractionError(FailureCode.TOO_MANY_PAGES, f"{count} pages")
    headings = _headings_by_page(document)
    heading = ""
    for index in range(count):
        heading = headings.get(index, heading)
        yield Section(_page_text(document, index), index + 1, heading, Layout.WRAPPED)


def _open(path: Path) -> "PdfDocument":
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        return PdfDocument(path)
    except PdfiumError as error:
        encrypted = "password" in str(error).lower() or "security" in str(error).lower()
        code = FailureCode.ENCRYPTED if encrypted else FailureCode.CORRUPT
        raise ExtractionError(code, f"PDFium: {error}") from error


def _page_text(document: "PdfDocument", index: int) -> str:
    from pypdfium2 import PdfiumError

    try:
        page = document[index]
        text_page = page.get_textpage()
        text = text_page.get_text_range()
        text_page.close()
        page.close()
    except PdfiumError as error:
        raise ExtractionError(FailureCode.CORRUPT, f"page {index + 1}: {error}") from error
    for mark in _SOFT_HYPHENS:
        text = text.replace(mark, "-")
    return clean_text(text)


def _headings_by_page(document: "PdfDocument") -> dict[int, str]:
    trail = HeadingTrail()
    headings: dict[int, str] = {}
    for bookmark in document.get_toc(max_depth=4):
        path = trail.enter(bookmark.level + 1, bookmark.get_title())
        destination = bookmark.get_dest()
        index = destination.get_index() if destination else None
        if index is not None:
            headings.setdefault(index, path)
    return headings
