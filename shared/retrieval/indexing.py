"""From the chunks of a document to its segment file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.retrieval.postings import Postings, count_occurrences, joined, merge_postings
from shared.retrieval.segment import pack, text_record
from shared.retrieval.tokenizer import BIGRAM_SHIFT, CJK_RANGES, normalize, text_words, word_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 2_000
TEXT_MARK_EVERY = 50
"""A listing reads from the mark before its first chunk to the one after its last."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What is indexed of a chunk."""

    text: str
    page: int | None


@dataclass(frozen=True, slots=True)
class BuiltSegment:
    """A segment file and the byte positions in it of every 50th text and of the texts' end."""

    data: bytes
    text_marks: list[int]


def build_segment(
    document_id: str,
    document_name: str,
    passages: Sequence[Passage],
    vectors: Sequence[Sequence[float]] | None = None,
) -> BuiltSegment:
    """Index a document's passages in order; `vectors` are their embeddings, one each."""
    import numpy as np

    records = [text_record(passage.page, passage.text) for passage in passages]
    texts_at = np.zeros(len(records) + 1, dtype=np.uint64)
    np.cumsum([len(record) for record in records], out=texts_at[1:])
    arrays = _index(passages)
    arrays |= {"texts_at": texts_at, "texts": np.frombuffer(b"".join(records), dtype=np.uint8)}
    if vectors is not None:
        arrays["vectors"] = unit_rows(vectors)
    data, texts_start = pack(document_id, document_name, arrays)
    marks = [int(at) + texts_start for at in texts_at[:-1:TEXT_MARK_EVERY]]
    return BuiltSegment(data, [*marks, int(texts_at[-1]) + texts_start])


def unit_rows(vectors: Sequence[Sequence[float]]) -> "NDArray[np.float32]":
    """Vectors as rows of length 1, so that a product is the cosine; a zero row stays zero."""
    import numpy as np

    rows = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    units: NDArray[np.float32] = np.divide(
        rows, lengths, out=np.zeros_like(rows), where=lengths > 0
    )
    return units


def _index(passages: Sequence[Passage]) -> "dict[str, NDArray[Any]]":
    """Postings by blocks: what sorting needs at once does not grow with the document."""
    import numpy as np

    firsts = range(0, len(passages), _BLOCK)
    parts: list[Postings] = []
    lengths: list[NDArray[np.int64]] = []
    for first in firsts:
        texts = [normalize(passage.text) for passage in passages[first : first + _BLOCK]]
        words, word_chunks = _word_occurrences(texts)
        cjk, cjk_chunks, counted = _cjk_occurrences(texts)
        terms = np.concatenate([words, cjk])
        parts.append(count_occurrences(terms, np.concatenate([word_chunks, cjk_chunks])))
        # Single characters serve one-character questions; they would count CJK text twice.
        counted = np.concatenate([word_chunks, counted])
        lengths.append(np.bincount(counted, minlength=len(texts)))
    merged = merge_postings(parts, firsts)
    return {
        "terms": merged.terms,
        "offsets": merged.offsets,
        "chunks": merged.chunks,
        "counts": merged.counts,
        "lengths": joined(lengths, np.uint32),
    }


def _word_occurrences(texts: Iterable[str]) -> "tuple[NDArray[np.uint64], NDArray[np.int64]]":
    import numpy as np

    ids: list[int] = []
    sizes: list[int] = []
    for text in texts:
        before = len(ids)
        for word in text_words(text):
            ids.extend(word_terms(word))
        sizes.append(len(ids) - before)
    return np.array(ids, dtype=np.uint64), np.repeat(np.arange(len(sizes)), sizes)


def _cjk_occurrences(
    texts: list[str],
) -> "tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]":
    """Terms and chunks of all bigrams and characters; then the chunks of what counts as length."""
    import numpy as np

    points = np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le"), dtype="<u4")
    owners = np.repeat(np.arange(len(texts)), [len(text) + 1 for text in texts])
    is_cjk = np.zeros(len(points) + 1, dtype=bool)
    for first, last in CJK_RANGES:
        is_cjk[:-1] |= (points >= first) & (points <= last)
    singles = np.flatnonzero(is_cjk)
    pairs = singles[is_cjk[singles + 1]]
    wide = points.astype(np.uint64)
    bigrams = wide[pairs] << np.uint64(BIGRAM_SHIFT) | wide[pairs + 1]
    ids = np.concatenate([wide[singles], bigrams])
    return ids, np.concatenate([owners[singles], owners[pairs]]), owners[pairs]
