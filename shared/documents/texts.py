"""Pages of a document's chunks, read out of the middle of its segment."""

from dataclasses import dataclass

from shared.data.documents import Document
from shared.documents.keys import chunk_id
from shared.documents.settings import files
from shared.retrieval.indexing import TEXT_MARK_EVERY
from shared.retrieval.segment import parse_record


@dataclass(frozen=True, slots=True)
class ChunkText:
    """One chunk; `position` counts from 0."""

    id: str
    text: str
    page: int | None
    position: int


def read_chunks(document: Document, start: int, end: int) -> list[ChunkText]:
    """The chunks from position `start` up to `end`: one ranged GetObject, none past the end.

    Raises ObjectMissing when the document was deleted meanwhile.
    """
    end = min(end, document.chunk_count)
    if start >= end or document.segment is None:
        return []
    first_mark = start // TEXT_MARK_EVERY
    last_mark = -(-end // TEXT_MARK_EVERY)
    marks = document.text_marks
    data = files().get_range(document.segment, marks[first_mark], marks[last_mark])
    first = first_mark * TEXT_MARK_EVERY
    lines = data.splitlines(keepends=False)[start - first : end - first]
    return [
        ChunkText(chunk_id(document.id, position), record.text, record.page, position)
        for position, record in enumerate(map(parse_record, lines), start)
    ]
