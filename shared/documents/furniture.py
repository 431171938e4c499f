"""Running headers, footers and page numbers: what a page shows and its text does not say.

They stand between the halves of a sentence that runs over a page end, and in front of every
passage. Nothing is lost by dropping them: a repeated line stays where it stands first.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from shared.documents.extraction.model import Layout, Section

_LEAST_PAGES = 4
_SHARE_OF_PAGES = 0.6
# Lines looked at from each end of a page.
_DEPTH = 2
_NUMBERED = re.compile(
    r"(?:page|p\.)\s*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?|\d{1,4}\s*(?:of|/|／)\s*\d{1,4}"
    r"|第\s*\d{1,4}\s*页(?:\s*[，,/]?\s*共\s*\d{1,4}\s*页)?",
    re.IGNORECASE,
)
_MARGIN = "-–—|· "
_End = tuple[int, str]


def without_furniture(sections: Sequence[Section]) -> list[Section]:
    """The sections without what stands at the same end of most pages, and page numbers there.

    A page that would be left empty stays as it is.
    """
    pages = [section for section in sections if _is_page(section)]
    if len(pages) < _LEAST_PAGES:
        return list(sections)
    seen = Counter(end for section in pages for end in _ends(_lines(section)))
    repeated = {end for end, count in seen.items() if count >= len(pages) * _SHARE_OF_PAGES}
    return list(_stripped(sections, repeated))


def _stripped(sections: Iterable[Section], repeated: set[_End]) -> Iterable[Section]:
    shown: set[_End] = set()
    for section in sections:
        lines = _lines(section)
        ends = _ends(lines)
        drop = {
            place % len(lines)
            for place, line in ends
            if (place, line) in shown or _is_page_number(line, section.page)
        }
        if not _is_page(section) or not drop or len(drop) == len(lines):
            yield section
        else:
            kept = (line for number, line in enumerate(lines) if number not in drop)
            yield replace(section, text="\n".join(kept))
        shown |= repeated.intersection(ends)


def _is_page_number(line: str, page: int | None) -> bool:
    """A bare number is one only where it is the page's: others are text."""
    number = line.strip(_MARGIN)
    return number == str(page) or _NUMBERED.fullmatch(number) is not None


def _is_page(section: Section) -> bool:
    return section.layout is Layout.WRAPPED and section.page is not None


def _lines(section: Section) -> list[str]:
    return [line for line in section.text.split("\n") if line.strip()]


def _ends(lines: Sequence[str]) -> list[_End]:
    """Place (0 and 1 from the top, -1 and -2 from the bottom) and text of the outer lines."""
    top = [(place, line.strip()) for place, line in enumerate(lines[:_DEPTH])]
    bottom = [(-1 - place, line.strip()) for place, line in enumerate(lines[: -_DEPTH - 1 : -1])]
    return [*top, *bottom]
