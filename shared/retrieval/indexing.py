"""From the chunks of a document to its segment file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.retrieval.segment import pack, text_record
from shared.retrieval.tokenizer import BIGRAM_SHIFT, CJK_RANGES, normalize, text_words, word_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_COUNTED = 255
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
    arrays = _postings([normalize(passage.text) for passage in passages])
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


def _postings(texts: list[str]) -> "dict[str, NDArray[np.generic]]":
    import numpy as np

    word_ids, word_chunks = _word_occurrences(texts)
    cjk_ids, cjk_chunks, bigrams = _cjk_occurrences(texts)
    terms = np.concatenate([word_ids, cjk_ids])
    chunks = np.concatenate([word_chunks, cjk_chunks])
    # Single characters serve one-character questions; they would count CJK text twice.
    lengths = np.bincount(np.concatenate([word_chunks, bigrams]), minlength=len(texts))
    order = np.lexsort((chunks, terms))
    terms, chunks = terms[order], chunks[order]
    first = np.ones(len(terms), dtype=bool)
    first[1:] = (terms[1:] != terms[:-1]) | (chunks[1:] != chunks[:-1])
    starts = np.flatnonzero(first)
    counts = np.diff(starts, append=len(terms))
    unique, offsets = np.unique(terms[starts], return_index=True)
    return {
        "terms": unique,
        "offsets": np.append(offsets, len(starts)),
        "chunks": chunks[starts],
        "counts": np.minimum(counts, _MOST_COUNTED),
        "lengths": lengths,
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
