"""Retrieval: BM25 queries over 10,000 chunks against rank-bm25 in the same run.

python -m tests.benchmarks.retrieval [--json]

120 tokens a chunk of a Zipf vocabulary, questions of six words, drawn alike. Ours includes the
question's tokenizing and the sorted ten best; the scores are checked against BM25's definition.
"""

import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from rank_bm25 import BM25Okapi

from shared.retrieval.indexing import Passage, build_segment
from shared.retrieval.segment import Segment, unpack
from shared.retrieval.tokenizer import query_terms
from shared.retrieval.view import K1, B, View, build_view

CHUNKS = 10_000
TOKENS = 120
VOCABULARY = 50_000
QUESTIONS = 200
TOP_K = 10
MOST_TIME = 0.03
SEED = 7


class Corpus:
    """Texts and questions from one Zipf vocabulary of made-up words."""

    def __init__(self, chunks: int) -> None:
        generator = np.random.default_rng(SEED)
        # Letters only and no plural ending, so that a token is a token for both.
        words = [np.base_repr(n, 20).translate(_LETTERS) + "zo" for n in range(VOCABULARY)]
        weights = 1 / np.arange(1, VOCABULARY + 1) ** 1.07
        weights /= weights.sum()
        drawn = generator.choice(VOCABULARY, size=(chunks, TOKENS), p=weights)
        asked = generator.choice(VOCABULARY, size=(QUESTIONS, 6), p=weights)
        self.texts = [" ".join(words[n] for n in row) for row in drawn]
        self.questions = [" ".join(dict.fromkeys(words[n] for n in row)) for row in asked]


_LETTERS = str.maketrans("0123456789ABCDEFGHIJ", "bcdfghjklmnpqrtvwxza")


def segment(texts: list[str], name: str) -> Segment:
    return unpack(build_segment(name, name, [Passage(text, None) for text in texts]).data)


def median_ms(ask: Callable[[str], object], questions: list[str]) -> float:
    times = []
    for question in questions:
        begun = time.perf_counter()
        ask(question)
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1_000


def check(view: View, peer: BM25Okapi, questions: list[str]) -> None:
    """The ten best are those of BM25 by its definition, over the peer's own counts."""
    lengths = np.array(peer.doc_len)
    for question in questions:
        expected = np.zeros(peer.corpus_size)
        for word in question.split():
            counts = np.array([frequencies.get(word, 0) for frequencies in peer.doc_freqs])
            df = np.count_nonzero(counts)
            idf = math.log(1 + (peer.corpus_size - df + 0.5) / (df + 0.5))
            norm = K1 * (1 - B + B * lengths / peer.avgdl)
            expected += idf * counts * (K1 + 1) / (counts + norm)
        found = view.lexical(query_terms(question), TOP_K)
        best = np.sort(expected)[::-1][: len(found)]
        assert np.allclose([expected[hit.chunk] for hit in found], best, rtol=1e-4), question


def compare(corpus: Corpus) -> dict[str, Any]:
    begun = time.perf_counter()
    view = build_view([segment(corpus.texts, "doc_1")])
    indexed = time.perf_counter() - begun
    peer = BM25Okapi([text.split() for text in corpus.texts], k1=K1, b=B)

    def ask_peer(question: str) -> object:
        scores = peer.get_scores(question.split())
        return np.argsort(scores)[::-1][:TOP_K]

    def ask(question: str) -> object:
        return view.lexical(query_terms(question), TOP_K)

    median_ms(ask, corpus.questions)  # both warm
    ours = median_ms(ask, corpus.questions)
    theirs = median_ms(ask_peer, corpus.questions[:50])
    check(view, peer, corpus.questions[:10])
    return {
        "case": f"BM25, {len(corpus.texts)} chunks",
        "rank_bm25_ms": round(theirs, 3),
        "query_ms": round(ours, 3),
        "time_ratio": round(ours / theirs, 4),
        "index_s": round(indexed, 2),
    }


def merging(corpus: Corpus) -> dict[str, Any]:
    """A knowledge base of 500 documents, seen for the first time, then asked."""
    parts = [segment(corpus.texts[n : n + 20], f"doc_{n}") for n in range(0, CHUNKS, 20)]
    begun = time.perf_counter()
    view = build_view(parts)
    merged = time.perf_counter() - begun

    def ask(question: str) -> object:
        return view.lexical(query_terms(question), TOP_K)

    return {
        "case": f"{len(parts)} segments merged",
        "merge_ms": round(merged * 1_000, 1),
        "query_ms": round(median_ms(ask, corpus.questions), 3),
        "view_mb": round(view.memory / 1e6, 1),
    }


def indexing_chinese() -> dict[str, Any]:
    generator = np.random.default_rng(SEED)
    texts = [
        "".join(chr(0x4E00 + int(n)) for n in generator.zipf(1.2, 800) % 6_000)
        for _ in range(1_000)
    ]
    begun = time.perf_counter()
    segment(texts, "doc_1")
    speed = sum(len(text.encode()) for text in texts) / (time.perf_counter() - begun) / 1e6
    return {"case": "indexing Chinese", "mb_per_s": round(speed, 1)}


def vectors() -> dict[str, Any]:
    """Cosine over all chunks of a base with embeddings of 384 dimensions."""
    rows = np.random.default_rng(SEED).standard_normal((CHUNKS, 384), dtype=np.float32)
    built = build_segment("doc_1", "a", [Passage("word", None)] * CHUNKS, rows)  # type: ignore[arg-type]
    view = build_view([unpack(built.data)])
    question = rows[17] / np.linalg.norm(rows[17])
    assert view.semantic(question, TOP_K)[0].chunk == 17
    return {
        "case": f"cosine, {CHUNKS} chunks of 384 dimensions",
        "query_ms": round(median_ms(lambda _: view.semantic(question, TOP_K), [""] * 50), 3),
    }


def measure() -> Iterator[dict[str, Any]]:
    corpus = Corpus(CHUNKS)
    yield compare(corpus)
    yield merging(corpus)
    yield indexing_chinese()
    yield vectors()


def main() -> None:
    results = []
    for result in measure():
        results.append(result)
        figures = ", ".join(f"{name} {value}" for name, value in result.items() if name != "case")
        text = json.dumps(result) if "--json" in sys.argv else f"{result['case']}: {figures}"
        sys.stdout.write(text + "\n")
    assert results[0]["time_ratio"] <= MOST_TIME, results[0]


if __name__ == "__main__":
    main()
