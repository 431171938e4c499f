"""Chunks: whole sentences, about 800 characters, with their page and under their heading."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from shared.documents.extraction.model import Layout, Section
from shared.documents.furniture import without_furniture
from shared.documents.reflow import ends_sentence, join_lines, reflow
from shared.documents.sentences import (
    first_sentence_end,
    last_clause_end,
    last_line_end,
    last_sentence_end,
)

CHUNK_CHARS = 800
"""Target size; a remainder of up to a fifth is kept with its chunk."""

_SMALL = CHUNK_CHARS // 4
_LEAST_BODY = CHUNK_CHARS // 2


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage: its heading on the first line(s), then whole sentences of one page."""

    text: str
    page: int | None
    position: int


def chunk_sections(sections: Iterable[Section]) -> Iterator[Chunk]:
    """Cut a document into chunks in reading order.

    A sentence is only cut when it is longer than a chunk, then at a clause, a space, or hard. The
    end of a sentence that runs over a page end belongs to the page where it began.
    """
    position = 0
    paragraphs = map(_paragraphs, without_furniture(list(sections)))
    for section in _merge_small(_complete_sentences(paragraphs)):
        for text in _bodies(section):
            text = f"{section.heading}\n{text}" if section.heading else text
            yield Chunk(text, section.page, position)
            position += 1


def _paragraphs(section: Section) -> Section:
    if section.layout is Layout.WRAPPED:
        return replace(section, text=reflow(section.text))
    return replace(section, text=section.text.strip())


def _complete_sentences(sections: Iterable[Section]) -> Iterator[Section]:
    """Give each page the end of its last sentence, taken from the next page."""
    current: Section | None = None
    for following in sections:
        if current is None:
            current = following
            continue
        tail = _tail_of_sentence(current, following)
        if tail:
            current = replace(current, text=join_lines(current.text, following.text[:tail].strip()))
            following = replace(following, text=following.text[tail:].lstrip())
        yield current
        current = following
    if current is not None:
        yield current


def _tail_of_sentence(section: Section, following: Section) -> int:
    """Length of what `following` begins with that ends the last sentence of `section`."""
    turns_page = section.page != following.page and section.heading == following.heading
    flows = Layout.WRAPPED == section.layout == following.layout
    if not (turns_page and flows and section.text) or ends_sentence(section.text):
        return 0
    paragraph = following.text.partition("\n")[0]
    end = first_sentence_end(paragraph)
    return end if end <= CHUNK_CHARS else 0


def _merge_small(sections: Iterable[Section]) -> Iterator[Section]:
    """Put short neighbours of one page into one chunk, later headings inside the text."""
    pending: Section | None = None
    for section in sections:
        if not section.text:
            continue
        if pending is not None and _fits(pending, section):
            text = "\n".join(filter(None, (pending.text, _own_heading(pending, section))))
            pending = replace(pending, text=f"{text}\n{section.text}")
            continue
        if pending is not None:
            yield pending
        pending = section
    if pending is not None:
        yield pending


def _fits(pending: Section, section: Section) -> bool:
    same_place = pending.page == section.page and Layout.ROWS not in (
        pending.layout,
        section.layout,
    )
    size = len(pending.heading) + len(pending.text) + len(section.heading) + len(section.text)
    return same_place and len(pending.text) < _SMALL and size < CHUNK_CHARS


def _own_heading(pending: Section, section: Section) -> str:
    return "" if section.heading == pending.heading else section.heading


def _bodies(section: Section) -> Iterator[str]:
    limit = max(_LEAST_BODY, CHUNK_CHARS - len(section.heading))
    find_end = last_line_end if section.layout is Layout.ROWS else last_sentence_end
    text, start = section.text, 0
    while len(text) - start > limit * 6 // 5:
        end = find_end(text, start, limit) or last_clause_end(text, start, limit)
        if body := text[start:end].strip():
            yield body
        start = end
    if body := text[start:].strip():
        yield body
