"""Plain text, Markdown and CSV."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from shared.documents.extraction.encoding import decode_text
from shared.documents.extraction.headings import HeadingTrail
from shared.documents.extraction.model import ExtractionError, FailureCode, Layout, Section
from shared.documents.extraction.sniff import csv_delimiter
from shared.documents.extraction.tables import row_text, table_section

_FENCE = re.compile(r"^\s*(?:```|~~~)")
_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)")
_LONGEST_CELL = 10 * 1024 * 1024


def read_txt(path: Path) -> Iterator[Section]:
    """One section; single line ends may be a terminal's wrapping."""
    yield Section(decode_text(path.read_bytes()), layout=Layout.WRAPPED)


def read_md(path: Path) -> Iterator[Section]:
    """One section per heading; a `#` inside a code fence is no heading."""
    trail, heading, lines, fenced = HeadingTrail(), "", [], False
    for line in decode_text(path.read_bytes()).split("\n"):
        fenced ^= bool(_FENCE.match(line))
        found = None if fenced else _HEADING.match(line)
        if found is None:
            lines.append(line)
            continue
        yield Section("\n".join(lines), None, heading, Layout.WRAPPED)
        heading, lines = trail.enter(len(found[1]), found[2].rstrip("# \t")), []
    yield Section("\n".join(lines), None, heading, Layout.WRAPPED)


def read_csv(path: Path) -> Iterator[Section]:
    """One section of rows, the first row as heading."""
    text = decode_text(path.read_bytes())
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=csv_delimiter(text) or ",")
    try:
        yield table_section((row_text(row) for row in rows), page=None, title="")
    except csv.Error as error:
        raise ExtractionError(FailureCode.CORRUPT, f"csv: {error}") from error
