"""The type of a file by its bytes; its name is never looked at."""

import csv
import io
import mmap
import re
import zipfile
from typing import BinaryIO

from shared.documents.extraction.encoding import SAMPLE_BYTES, decode_sample
from shared.documents.extraction.model import ExtractionError, FailureCode, FileType

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# ECMA-376 files with a password are an OLE container around this stream (MS-OFFCRYPTO 2.3.4).
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_PDF_HEADER_WITHIN = 1024
_OTHER_TEXTUAL_FORMATS = (b"{\\rtf", b"%!PS")
_OFFICE_PARTS = {
    "word/document.xml": FileType.DOCX,
    "ppt/presentation.xml": FileType.PPTX,
    "xl/workbook.xml": FileType.XLSX,
}

_HTML_ROOT = re.compile(r"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_HTML_START = re.compile(
    r"<(?:div|p|h[1-6]|table|ul|ol|section|article|main|header|meta|title|script|style|span)[\s>]",
    re.IGNORECASE,
)
_MARKDOWN_HEADING = re.compile(r"^#{1,6} \S", re.MULTILINE)
_MARKDOWN_OTHER = re.compile(
    r"^(?:[-*+] \S|\d+\. \S|> \S|```|\|?\s*:?-{3,}:?\s*\|)"
    r"|\*\*\S[^*\n]{0,200}\*\*|\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)",
    re.MULTILINE,
)
_CSV_DELIMITERS = ",\t;|"
_CSV_LINES = 50
_CSV_LONGEST_MEAN_CELL = 60


def sniff(file: BinaryIO) -> FileType:
    """Tell the type of a seekable binary file.

    Raises ExtractionError: EMPTY for no bytes, ENCRYPTED for Office files with a password,
    CORRUPT for a broken archive, UNSUPPORTED_TYPE for everything that is none of the eight.
    """
    file.seek(0)
    head = file.read(SAMPLE_BYTES)
    if not head:
        raise ExtractionError(FailureCode.EMPTY, "no bytes")
    if head.startswith(_OLE):
        raise _ole_failure(file)
    if b"%PDF-" in head[:_PDF_HEADER_WITHIN]:
        return FileType.PDF
    if head.startswith(b"PK\x03\x04"):
        return _office_type(file)
    if head.startswith(_OTHER_TEXTUAL_FORMATS):
        raise ExtractionError(FailureCode.UNSUPPORTED_TYPE, "RTF or PostScript")
    text = decode_sample(head)
    if text is None:
        raise ExtractionError(FailureCode.UNSUPPORTED_TYPE, "unknown binary format")
    return text_type(text)


def text_type(text: str) -> FileType:
    """html, csv, md or txt by the look of a text's beginning."""
    start = text.lstrip()
    if _looks_like_html(start):
        return FileType.HTML
    if csv_delimiter(text) is not None:
        return FileType.CSV
    if _looks_like_markdown(start):
        return FileType.MD
    return FileType.TXT


def csv_delimiter(text: str) -> str | None:
    """The delimiter that cuts the first lines into equally many short cells, if there is one."""
    lines = text.split("\n", _CSV_LINES)[:_CSV_LINES]
    if len(text) > SAMPLE_BYTES // 4 and len(lines) > 2:
        lines.pop()
    return next((d for d in _CSV_DELIMITERS if _is_table(lines, d)), None)


def _is_table(lines: list[str], delimiter: str) -> bool:
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return False
    if len(rows) < 2 or len(rows[0]) < 2 or len({len(row) for row in rows}) > 1:
        return False
    cells = [cell for row in rows for cell in row]
    # In prose a comma is followed by a space, in data it is not.
    spaced = sum(cell.startswith(" ") for cell in cells)
    return spaced * 5 < len(cells) and sum(map(len, cells)) <= len(cells) * _CSV_LONGEST_MEAN_CELL


def _looks_like_html(start: str) -> bool:
    if not start.startswith("<"):
        return False
    if _HTML_ROOT.search(start[:1024]):
        return True
    if not _HTML_START.match(start):
        return False
    # The sample cuts a long fragment anywhere; a README may begin with a picture in the middle.
    return start.rstrip().endswith(">") or ("</" in start and not _looks_like_markdown(start))


def _looks_like_markdown(start: str) -> bool:
    headings = len(_MARKDOWN_HEADING.findall(start))
    others = len(_MARKDOWN_OTHER.findall(start))
    return headings >= 2 or others >= 3 or (headings == 1 and (others > 0 or start[0] == "#"))


def _office_type(file: BinaryIO) -> FileType:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ExtractionError(FailureCode.CORRUPT, f"zip: {error}") from error
    for part, file_type in _OFFICE_PARTS.items():
        if part in names:
            return file_type
    raise ExtractionError(FailureCode.UNSUPPORTED_TYPE, "an archive that is no Office document")


def _ole_failure(file: BinaryIO) -> ExtractionError:
    if _contains(file, _ENCRYPTED_PACKAGE):
        return ExtractionError(FailureCode.ENCRYPTED, "Office document with a password")
    return ExtractionError(FailureCode.UNSUPPORTED_TYPE, "binary Office format")


def _contains(file: BinaryIO, needle: bytes) -> bool:
    if isinstance(file, io.BytesIO):
        return needle in file.getbuffer().tobytes()
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        return view.find(needle) >= 0
