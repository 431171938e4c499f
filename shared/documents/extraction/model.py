"""What extraction gives and how it fails."""

from dataclasses import dataclass
from enum import StrEnum


class FileType(StrEnum):
    """The eight types of the documents contract."""

    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"
    XLSX = "xlsx"
    CSV = "csv"
    MD = "md"
    TXT = "txt"
    HTML = "html"


class FailureCode(StrEnum):
    """Why a document failed: `error.code` of the documents contract."""

    UNSUPPORTED_TYPE = "UNSUPPORTED_TYPE"
    ENCRYPTED = "ENCRYPTED"
    CORRUPT = "CORRUPT"
    EMPTY = "EMPTY"
    TOO_MANY_PAGES = "TOO_MANY_PAGES"
    TOO_LARGE_UNPACKED = "TOO_LARGE_UNPACKED"
    TIMEOUT = "TIMEOUT"
    INTERNAL = "INTERNAL"


class ExtractionError(Exception):
    """A file cannot be read; `reason` is for the log, the code for the user."""

    def __init__(self, code: FailureCode, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class Layout(StrEnum):
    """What a line end means in a section."""

    PARAGRAPHS = "paragraphs"
    """Each line is a whole paragraph."""
    WRAPPED = "wrapped"
    """Lines were broken by a page's width; sentences run across them."""
    ROWS = "rows"
    """Each line is a record; the heading holds the column names."""


@dataclass(frozen=True, slots=True)
class Section:
    """Text under one heading of one page; `page` counts from 1, None where a type has no pages."""

    text: str
    page: int | None = None
    heading: str = ""
    layout: Layout = Layout.PARAGRAPHS


@dataclass(frozen=True, slots=True)
class Metadata:
    """`pages` of a PDF, slides, sheets, else None; words count each Han character as one."""

    pages: int | None
    words: int
    language: str | None


@dataclass(frozen=True, slots=True)
class Extraction:
    """A whole document as text."""

    file_type: FileType
    sections: list[Section]
    metadata: Metadata


MAX_PAGES = 2_000
"""More pages than this is TOO_MANY_PAGES (documents contract)."""

MAX_TEXT_CHARS = 160 * 1024 * 1024
"""An upload has at most 100 MB; much more text than that came out of compression."""
