"""HTML by Lexbor: visible text, blocks on lines, table rows joined, sections by heading."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from shared.documents.extraction.encoding import decode_text
from shared.documents.extraction.headings import HeadingTrail
from shared.documents.extraction.model import Section

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_INVISIBLE = ["script", "style", "noscript", "template", "svg", "iframe", "object", "select"]
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_CELLS = frozenset(("td", "th"))
_INLINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr b bdi bdo big cite code del dfn em font i img ins kbd label mark q rp rt ruby s "
        "samp small span strike strong sub sup time tt u var wbr",
    )
)
_SPACES = re.compile(r"\s+")


class _Step(NamedTuple):
    tag: str
    text: str = ""
    ends: bool = False


def read_html(path: Path) -> Iterator[Section]:
    """One section per heading; the page's title opens the trail when there is no h1."""
    from selectolax.lexbor import LexborHTMLParser

    parser = LexborHTMLParser(decode_text(path.read_bytes()))
    parser.strip_tags(_INVISIBLE)
    title = parser.css_first("title")
    trail, text = HeadingTrail(), _VisibleText()
    if title is not None and parser.css_first("h1") is None:
        trail.enter(1, title.text())
    for step in _walk(parser.body):
        if step.tag not in _HEADINGS:
            text.take(step)
        elif step.ends:
            trail.enter(int(step.tag[1]), text.flush())
        else:
            yield Section(text.flush(), None, trail.path)
    yield Section(text.flush(), None, trail.path)


class _VisibleText:
    """Joins steps into lines: a block is a line, a table row is a line, cells are joined."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._cell_start = 0
        self._cells_open = 0
        self._preformatted = 0

    def take(self, step: _Step) -> None:
        if step.tag == "-text":
            self._parts.append(step.text if self._preformatted else _SPACES.sub(" ", step.text))
        elif step.tag in _CELLS:
            self._take_cell(step)
        elif step.tag not in _INLINE:
            self._preformatted += (-1 if step.ends else 1) if step.tag == "pre" else 0
            self._parts.append(" " if self._cells_open else "\n")

    def _take_cell(self, step: _Step) -> None:
        """A table within a cell is part of the cell."""
        self._cells_open += -1 if step.ends else 1
        outermost = self._cells_open == (0 if step.ends else 1)
        if not outermost:
            self._parts.append(" ")
        elif not step.ends:
            self._cell_start = len(self._parts)
        else:
            cell = "".join(self._parts[self._cell_start :])
            self._parts[self._cell_start :] = [" ".join(cell.split()), " | "]

    def flush(self) -> str:
        lines = (line.strip().removesuffix(" |") for line in "".join(self._parts).split("\n"))
        self._parts = []
        self._cell_start = 0
        return "\n".join(line for line in lines if line)


def _walk(root: "LexborNode | None") -> Iterator[_Step]:
    """Starts, texts and ends in document order, without recursion (depth is the author's)."""
    node = root.first_child if root is not None else None
    open_nodes: list[LexborNode] = []
    while node is not None:
        child = None
        if node.is_text_node:
            yield _Step("-text", node.text(deep=False))
        elif node.is_element_node:
            yield _Step(node.tag or "")
            child = node.first_child
        if child is not None:
            open_nodes.append(node)
            node = child
            continue
        if node.is_element_node:
            yield _Step(node.tag or "", ends=True)
        while node.next is None and open_nodes:
            node = open_nodes.pop()
            yield _Step(node.tag or "", ends=True)
        node = node.next
