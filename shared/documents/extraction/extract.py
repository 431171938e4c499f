"""A file's text in this process: sniff, pick the reader, count."""

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path

from shared.documents.extraction.language import Statistics
from shared.documents.extraction.model import (
    MAX_TEXT_CHARS,
    Extraction,
    ExtractionError,
    FailureCode,
    FileType,
    Metadata,
    Section,
)
from shared.documents.extraction.sniff import sniff

# Modules by name, so that one type's libraries are never loaded for another.
_READERS = {
    FileType.PDF: ("pdf", "read_pdf"),
    FileType.DOCX: ("docx", "read_docx"),
    FileType.PPTX: ("pptx", "read_pptx"),
    FileType.XLSX: ("xlsx", "read_xlsx"),
    FileType.CSV: ("plain", "read_csv"),
    FileType.MD: ("plain", "read_md"),
    FileType.TXT: ("plain", "read_txt"),
    FileType.HTML: ("html", "read_html"),
}


def extract(path: Path) -> Extraction:
    """Read a file of any supported type.

    Untrusted files belong into `isolated.extract_isolated`. Raises ExtractionError.
    """
    with path.open("rb") as file:
        file_type = sniff(file)
    sections: list[Section] = []
    statistics, pages, chars = Statistics(), 0, 0
    for section in _reader(file_type)(path):
        pages = max(pages, section.page or 0)
        if not section.text.strip():
            continue
        chars += len(section.text)
        if chars > MAX_TEXT_CHARS:
            raise ExtractionError(FailureCode.TOO_LARGE_UNPACKED, f"more than {chars} characters")
        statistics.add(section.text)
        sections.append(section)
    if not statistics.words:
        raise ExtractionError(FailureCode.EMPTY, "no text")
    return Extraction(
        file_type, sections, Metadata(pages or None, statistics.words, statistics.language)
    )


def _reader(file_type: FileType) -> Callable[[Path], Iterator[Section]]:
    module, name = _READERS[file_type]
    reader: Callable[[Path], Iterator[Section]] = getattr(
        importlib.import_module(f"shared.documents.extraction.{module}"), name
    )
    return reader
