"""What docx and pptx share: parts of the package, paragraphs, tables."""

import posixpath
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from shared.documents.extraction.encoding import clean_text
from shared.documents.extraction.model import ExtractionError, FailureCode
from shared.documents.extraction.tables import row_text

if TYPE_CHECKING:
    from lxml.etree import _Element

_RELATIONSHIPS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
FALLBACK = f"{_COMPATIBILITY}Fallback"


class Markup:
    """The element names of one of the two text languages (WordprocessingML, DrawingML)."""

    def __init__(self, namespace: str) -> None:
        self.paragraph = f"{{{namespace}}}p"
        self.text = f"{{{namespace}}}t"
        self.tab = f"{{{namespace}}}tab"
        self.breaks = (f"{{{namespace}}}br", f"{{{namespace}}}cr")
        self.row = f"{{{namespace}}}tr"
        self.cell = f"{{{namespace}}}tc"
        self.table = f"{{{namespace}}}tbl"
        self.content = (self.text, self.tab, *self.breaks, self.paragraph)

    def paragraph_text(self, paragraph: "_Element") -> str:
        """Text of a paragraph, text boxes inside it on lines of their own."""
        parts: list[str] = []
        for node in paragraph.iter(*self.content):
            if node.tag == self.text:
                parts.append(node.text or "")
            elif node.tag == self.tab:
                parts.append("\t")
            elif node is not paragraph:
                parts.append("\n")
        return clean_text("".join(parts)).strip()

    def table_lines(self, table: "_Element") -> Iterator[str]:
        """One line per row, cells joined; a nested table's text stays in its cell."""
        for row in table.iterchildren(self.row):
            cells = (cell for cell in row.iter(self.cell) if self._row_of(cell) is row)
            line = row_text(self._cell_text(cell) for cell in cells)
            if line:
                yield line

    def _row_of(self, cell: "_Element") -> "_Element | None":
        return next(cell.iterancestors(self.row), None)

    def _cell_text(self, cell: "_Element") -> str:
        return " ".join(self.paragraph_text(p) for p in cell.iter(self.paragraph))


def parse_part(archive: zipfile.ZipFile, name: str) -> "_Element | None":
    """The root of an XML part, None when the package has no such part.

    Entities stay unresolved, nothing is fetched. Raises ExtractionError CORRUPT.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        with archive.open(name) as part:
            root = etree.parse(part, parser).getroot()
    except KeyError:
        return None
    except (etree.XMLSyntaxError, zipfile.BadZipFile) as error:
        raise ExtractionError(FailureCode.CORRUPT, f"{name}: {error}") from error
    drop(root, FALLBACK)
    return root


def drop(root: "_Element", *tags: str) -> None:
    """Remove elements that repeat text shown elsewhere."""
    for node in list(root.iter(*tags)):
        parent = node.getparent()
        if parent is not None:
            parent.remove(node)


def relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Relationship id → (last word of its type, path of its target) of a part."""
    folder, name = posixpath.split(part)
    root = parse_part(archive, f"{folder}/_rels/{name}.rels")
    if root is None:
        return {}
    return {
        node.get("Id", ""): (
            node.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join(folder, node.get("Target", ""))).lstrip("/"),
        )
        for node in root.iter(_RELATIONSHIPS)
    }
