"""Reciprocal rank fusion of several rankings (Cormack, Clarke, Büttcher 2009)."""

from collections import defaultdict
from collections.abc import Sequence

from shared.retrieval.view import Hit

_K = 60


def fuse(rankings: Sequence[Sequence[Hit]], top_k: int) -> list[Hit]:
    """One ranking out of several; a score of 1 is the first place in all of them.

    A single ranking keeps its own scores.
    """
    filled = [ranking for ranking in rankings if ranking]
    if len(filled) < 2:
        return list(filled[0][:top_k]) if filled else []
    sums: defaultdict[int, float] = defaultdict(float)
    for ranking in filled:
        for rank, hit in enumerate(ranking, 1):
            sums[hit.chunk] += 1 / (_K + rank)
    best = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:top_k]
    highest = len(filled) / (_K + 1)
    return [Hit(chunk, total / highest) for chunk, total in best]
