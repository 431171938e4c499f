"""A searchable view: the segments of one or more knowledge bases merged and scored ahead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from shared.retrieval.postings import Postings, joined, merge_postings
from shared.retrieval.segment import ChunkRecord, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Okapi BM25 as in Lucene: Robertson and Zaragoza 2009, the usual values.
K1 = 1.5
B = 0.75

# 4 bytes each: beyond this the memory is worth more than the fraction of a millisecond.
_MOST_WORKED_OUT_AHEAD = 16_000_000


class Hit(NamedTuple):
    """A chunk of a view and how well it answers, higher is better."""

    chunk: int
    score: float


@dataclass(frozen=True, slots=True)
class View:
    """Postings with what BM25 needs for the statistics of exactly these segments.

    `firsts[i]` is the view's number of chunk 0 of `segments[i]`. `weights` are the terms' inverse
    document frequencies, `saturation` the chunks' part of BM25's divisor. `impacts` are the scores
    of all postings, worked out ahead; None in a view so large that they are worked out per term.
    """

    segments: tuple[Segment, ...]
    firsts: "NDArray[np.int64]"
    size: int
    postings: Postings
    weights: "NDArray[np.float32]"
    saturation: "NDArray[np.float32]"
    impacts: "NDArray[np.float32] | None"
    vectors: "NDArray[np.float32] | None"

    @property
    def memory(self) -> int:
        """Bytes that go when this view goes: its own and its segments'."""
        own = (self.postings.chunks, self.postings.counts, self.impacts, self.vectors)
        texts = sum(segment.texts.nbytes for segment in self.segments)
        return texts + 2 * sum(array.nbytes for array in own if array is not None)

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

        lists = self._scored(terms)
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

    def _scored(
        self, terms: Sequence[int]
    ) -> "list[tuple[NDArray[np.uint32], NDArray[np.float32]]]":
        """Chunks and scores for each of the terms that occurs."""
        import numpy as np

        known, offsets = self.postings.terms, self.postings.offsets
        places = known.searchsorted(np.array(terms, dtype=np.uint64)).tolist()
        found = []
        for term, place in zip(terms, places, strict=True):
            if place < len(known) and int(known[place]) == term:
                part = slice(offsets[place], offsets[place + 1])
                chunks = self.postings.chunks[part]
                if self.impacts is not None:
                    found.append((chunks, self.impacts[part]))
                else:
                    counts, weight = self.postings.counts[part], self.weights[place]
                    found.append((chunks, _impacts(counts, weight, self.saturation[chunks])))
        return found


def build_view(segments: Sequence[Segment]) -> View:
    """Merge segments; statistics (N, average length, document frequencies) are of the whole."""
    import numpy as np

    sizes = np.array([len(segment.lengths) for segment in segments], dtype=np.int64)
    firsts = np.cumsum(sizes) - sizes
    size = int(sizes.sum())
    parts = [Postings(s.terms, s.offsets, s.chunks, s.counts) for s in segments]
    postings = merge_postings(parts, firsts.tolist())
    lengths = joined([segment.lengths for segment in segments], np.float32)
    average = max(1.0, float(lengths.mean())) if size else 1.0
    saturation = (K1 * (1 - B + B * lengths / average)).astype(np.float32)
    frequencies = np.diff(postings.offsets)
    weights = _idf(size, frequencies)
    impacts = None
    if len(postings.chunks) <= _MOST_WORKED_OUT_AHEAD:
        spread = np.repeat(weights, frequencies)
        impacts = _impacts(postings.counts, spread, saturation[postings.chunks])
    vectors = _vectors(segments, sizes)
    return View(tuple(segments), firsts, size, postings, weights, saturation, impacts, vectors)


def _impacts(
    counts: "NDArray[np.uint8]",
    weights: "NDArray[np.float32] | np.float32",
    saturation: "NDArray[np.float32]",
) -> "NDArray[np.float32]":
    """BM25's contribution of each posting."""
    import numpy as np

    occurrences = counts.astype(np.float32)
    scores: NDArray[np.float32] = (
        weights * occurrences * np.float32(K1 + 1) / (occurrences + saturation)
    )
    return scores


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


def _idf(size: int, frequencies: "NDArray[np.int64]") -> "NDArray[np.float32]":
    import numpy as np

    rarity = 1 + (size - frequencies + 0.5) / (frequencies + 0.5)
    weights: NDArray[np.float32] = np.log(rarity).astype(np.float32)
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
