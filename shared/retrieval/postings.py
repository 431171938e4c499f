"""Postings as arrays: made of the terms of chunks, merged without looking into a term."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_COUNTED = 255


@dataclass(frozen=True, slots=True)
class Postings:
    """Terms u64 sorted; per term a run of chunk numbers and counts; `offsets` has the runs' ends.

    Within a run chunks are in order. Counts end at 255.
    """

    terms: "NDArray[np.uint64]"
    offsets: "NDArray[np.int64]"
    chunks: "NDArray[np.uint32]"
    counts: "NDArray[np.uint8]"


def count_occurrences(terms: "NDArray[np.uint64]", chunks: "NDArray[np.int64]") -> Postings:
    """The postings of (term, chunk) pairs, repeated as often as they occur.

    The chunks of each term must come in order; the terms need not.
    """
    import numpy as np

    order = np.argsort(terms, kind="stable")
    terms, chunks = terms[order], chunks[order]
    first = np.ones(len(terms), dtype=bool)
    first[1:] = (terms[1:] != terms[:-1]) | (chunks[1:] != chunks[:-1])
    starts = np.flatnonzero(first)
    counts = np.minimum(np.diff(starts, append=len(terms)), _MOST_COUNTED)
    unique, offsets = np.unique(terms[starts], return_index=True)
    return Postings(
        unique,
        np.append(offsets, len(starts)),
        chunks[starts].astype(np.uint32),
        counts.astype(np.uint8),
    )


def merge_postings(parts: Sequence[Postings], firsts: Sequence[int]) -> Postings:
    """One set of postings out of several; chunk 0 of `parts[i]` gets the number `firsts[i]`.

    A single part is given back as it is, without a copy.
    """
    import numpy as np

    if len(parts) == 1 and firsts[0] == 0:
        return parts[0]
    terms = joined([part.terms for part in parts], np.uint64)
    runs = joined([np.diff(part.offsets) for part in parts], np.int64)
    starts = np.cumsum(runs) - runs
    by_term = np.argsort(terms, kind="stable")
    runs = runs[by_term]
    unique, first_of_term = np.unique(terms[by_term], return_index=True)
    frequencies = np.add.reduceat(runs, first_of_term) if len(unique) else runs
    # Where each posting comes from: the start of its run there, then on by one. Differences wrap
    # around in 32 bits and come out right: postings are numbered below 2³².
    order = np.repeat((starts[by_term] - (np.cumsum(runs) - runs)).astype(np.uint32), runs)
    order += np.arange(len(order), dtype=np.uint32)
    moved = (part.chunks + np.uint32(first) for part, first in zip(parts, firsts, strict=True))
    return Postings(
        unique,
        np.concatenate([[0], np.cumsum(frequencies)]),
        joined(list(moved), np.uint32)[order],
        joined([part.counts for part in parts], np.uint8)[order],
    )


def joined(arrays: "Sequence[NDArray[Any]]", kind: type) -> "NDArray[Any]":
    """The arrays one after the other; an empty one of that kind when there are none."""
    import numpy as np

    if not arrays:
        return np.zeros(0, dtype=kind)
    return np.concatenate(arrays).astype(kind, copy=False)
