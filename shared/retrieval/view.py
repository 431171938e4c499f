"""A searchable view: the segments of one or more knowledge bases merged and scored ahead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.retrieval.segment import ChunkRecord, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Okapi BM25 as in Lucene: Robertson and Zaragoza 2009, the usual values.
K1 = 1.5
B = 0.75


class Hit(NamedTuple):
    """A chunk of a view and how well it answers, higher is better."""

    chunk: int
    score: float


@dataclass(frozen=True, slots=True)
class View:
    """Postings with BM25 impacts for the statistics of exactly these segments.

    `firsts[i]` is the view's number of chunk 0 of `segments[i]`.
    """

    segments: tuple[Segment, ...]
    firsts: "NDArray[np.int64]"
    size: int
    terms: "NDArray[np.uint64]"
    offsets: "NDArray[np.int64]"
    chunks: "NDArray[np.int32]"
    impacts: "NDArray[np.float32]"
    vectors: "NDArray[np.float32] | None"

    @property
    def memory(self) -> int:
        """Bytes this view holds besides the mapped segments."""
        own = (self.terms, self.offsets, self.chunks, self.impacts)
        vectors = 0 if self.vectors is None else self.vectors.nbytes
        return sum(array.nbytes for array in own) + vectors

    def locate(self, chunk: int) -> tuple[Segment, int]:
        """The segment of a chunk and its number there."""
        index = int(self.firsts.searchsorted(chunk, side="right")) - 1
        return self.segments[index], chunk - int(self.firsts[index])

    def record(self, chunk: int) -> ChunkRecord:
        """Text and page of a chunk."""
        segment, number = self.locate(chunk)
        return segment.record(number)

    def lexical(self, terms: Sequence[int], top_k: int) -> list[Hit]:
        """The best chunks by BM25; scores are shares of what a perfect match would have."""
        import numpy as np

        lists = self._postings(terms)
        if not lists:
            return []
        scores = np.zeros(self.size, dtype=np.float32)
        for chunks, impacts in lists:
            scores[chunks] += impacts
        rarest = min(lists, key=lambda postings: len(postings[0]))[0]
        best = _best(scores, scores[rarest], top_k)
        perfect = _perfect_score(self.size, [len(chunks) for chunks, _ in lists], len(terms))
        return [Hit(int(chunk), min(1.0, float(scores[chunk]) / perfect)) for chunk in best]

    def semantic(self, vector: "NDArray[np.float32]", top_k: int) -> list[Hit]:
        """The best chunks by cosine to a unit vector; none when dimensions differ."""
        if self.vectors is None or self.vectors.shape[1] != len(vector):
            return []
        scores = self.vectors @ vector
        return [Hit(int(c), float(scores[c])) for c in _best(scores, scores, top_k)]

    def _postings(
        self, terms: Sequence[int]
    ) -> "list[tuple[NDArray[np.int32], NDArray[np.float32]]]":
        import numpy as np

        wanted = np.array(terms, dtype=np.uint64)
        places = self.terms.searchsorted(wanted).tolist()
        found = []
        for term, place in zip(terms, places, strict=True):
            if place < len(self.terms) and int(self.terms[place]) == term:
                part = slice(self.offsets[place], self.offsets[place + 1])
                found.append((self.chunks[part], self.impacts[part]))
        return found


def build_view(segments: Sequence[Segment]) -> View:
    """Merge segments; statistics (N, average length, document frequencies) are of the whole."""
    import numpy as np

    sizes = np.array([len(segment.lengths) for segment in segments], dtype=np.int64)
    firsts = np.concatenate([[0], np.cumsum(sizes)[:-1]]) if segments else np.zeros(0, np.int64)
    size = int(sizes.sum())
    terms, frequencies, order = _merge_terms(segments)
    lengths = _joined([segment.lengths for segment in segments], np.float32)
    counts = _joined([segment.counts for segment in segments], np.float32)[order]
    chunks = _joined(
        [s.chunks.astype(np.int32) + int(f) for s, f in zip(segments, firsts, strict=True)],
        np.int32,
    )[order]
    average = max(1.0, float(lengths.mean())) if size else 1.0
    saturation = (K1 * (1 - B + B * lengths / average)).astype(np.float32)
    weights = np.repeat(_idf(size, frequencies), frequencies).astype(np.float32)
    impacts = weights * counts * np.float32(K1 + 1) / (counts + saturation[chunks])
    offsets = np.concatenate([[0], np.cumsum(frequencies)])
    return View(
        tuple(segments), firsts, size, terms, offsets, chunks, impacts, _vectors(segments, sizes)
    )


def _merge_terms(
    segments: Sequence[Segment],
) -> "tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]":
    """All terms sorted, their document frequencies, and the order that groups the postings."""
    import numpy as np

    terms = _joined([segment.terms for segment in segments], np.uint64)
    runs = _joined([np.diff(segment.offsets) for segment in segments], np.int64)
    starts = np.cumsum(runs) - runs
    by_term = np.argsort(terms, kind="stable")
    sorted_terms, sorted_runs = terms[by_term], runs[by_term]
    unique, firsts = np.unique(sorted_terms, return_index=True)
    frequencies = np.add.reduceat(sorted_runs, firsts) if len(firsts) else sorted_runs
    moved = np.repeat(starts[by_term] - (np.cumsum(sorted_runs) - sorted_runs), sorted_runs)
    return unique, frequencies, moved + np.arange(len(moved))


def _joined(arrays: "Sequence[NDArray[Any]]", kind: type) -> "NDArray[Any]":
    import numpy as np

    if not arrays:
        return np.zeros(0, dtype=kind)
    return np.concatenate(arrays).astype(kind, copy=False)


def _vectors(
    segments: Sequence[Segment], sizes: "NDArray[np.int64]"
) -> "NDArray[np.float32] | None":
    """All embeddings in one matrix; zero rows where a segment has none of the main dimension."""
    import numpy as np

    widths = [s.vectors.shape[1] for s in segments if s.vectors is not None]
    if not widths:
        return None
    # Segments of another model keep their lexical half until they are processed again.
    width = max(set(widths), key=widths.count)
    return np.concatenate(
        [
            s.vectors
            if s.vectors is not None and s.vectors.shape[1] == width
            else np.zeros((int(size), width), dtype=np.float32)
            for s, size in zip(segments, sizes, strict=True)
        ]
    )


def _idf(size: int, frequencies: "NDArray[np.int64]") -> "NDArray[np.float64]":
    import numpy as np

    weights: NDArray[np.float64] = np.log(1 + (size - frequencies + 0.5) / (frequencies + 0.5))
    return weights


def _perfect_score(size: int, frequencies: Sequence[int], term_count: int) -> float:
    """The bound of BM25 for a question: each term saturated, also those that occur nowhere."""
    import math

    known = sum(math.log(1 + (size - df + 0.5) / (df + 0.5)) for df in frequencies)
    unknown = (term_count - len(frequencies)) * math.log(1 + (size + 0.5) / 0.5)
    return (K1 + 1) * (known + unknown)


def _best(
    scores: "NDArray[np.float32]", sample: "NDArray[np.float32]", top_k: int
) -> "NDArray[np.int64]":
    """Numbers of the `top_k` highest positive scores, best first, ties by number.

    The k-th highest of any part of the scores is a bound for the k-th highest of all: with it one
    comparison over the array leaves a handful to sort.
    """
    import numpy as np

    bound = np.float32(0)
    if len(sample) > top_k:
        bound = np.partition(sample, len(sample) - top_k)[len(sample) - top_k]
    candidates = np.flatnonzero(scores >= bound) if bound > 0 else np.flatnonzero(scores > 0)
    if len(candidates) > top_k:
        values = scores[candidates]
        kth = np.partition(values, len(values) - top_k)[len(values) - top_k]
        candidates = candidates[values >= kth]
    order = np.argsort(-scores[candidates], kind="stable")
    return candidates[order[:top_k]]
