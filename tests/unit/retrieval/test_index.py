"""Segments and views: what was indexed is found, ranked as BM25 says."""

import math
from collections import Counter

import numpy as np
import pytest

from shared.retrieval.fusion import fuse
from shared.retrieval.indexing import Passage, build_segment
from shared.retrieval.phrases import prefer_phrases
from shared.retrieval.segment import SegmentError, unpack
from shared.retrieval.tokenizer import query_terms
from shared.retrieval.view import K1, B, Hit, View, build_view

TEXTS = [
    "The RC-2045-X costs 129.50 EUR. It weighs two kilos.",
    "The RC-2045-Y costs 99.00 EUR. It weighs one kilo.",
    "退款政策：客户在收到商品七日内可以申请无理由退货，运费由商家承担。",
    "保修政策：所有产品自购买之日起保修两年，人为损坏除外。",
    "Shipping takes three days within the country and ten days abroad.",
    "我家的猫喜欢睡觉。",
]


def segment(texts, document_id="doc_1", vectors=None):
    built = build_segment(document_id, "a.txt", [Passage(t, 1) for t in texts], vectors)
    return unpack(built.data)


def search(view: View, question: str, top_k: int = 10) -> list[int]:
    return [hit.chunk for hit in view.lexical(query_terms(question), top_k)]


@pytest.fixture(scope="module")
def view() -> View:
    return build_view([segment(TEXTS)])


@pytest.mark.parametrize(
    ("question", "chunk"),
    [
        ("RC-2045-X", 0),
        ("how much does the rc2045y cost?", 1),
        ("退款政策是什么", 2),
        ("无理由退货的运费谁承担？", 2),
        ("保修多少年", 3),
        ("How long does shipping abroad take?", 4),
        ("猫", 5),
    ],
)
def test_the_answer_comes_first(view, question, chunk):
    assert search(view, question)[0] == chunk


def test_a_question_without_a_match_finds_nothing(view):
    assert search(view, "quantum entanglement") == []
    assert search(view, "") == []


def test_scores_are_shares_and_fall(view):
    scores = [hit.score for hit in view.lexical(query_terms("costs EUR policy 政策"), 10)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


def test_records_give_text_and_page_back(view):
    assert view.record(2).text == TEXTS[2]
    assert view.record(2).page == 1


def test_ranking_is_bm25_by_its_definition():
    generator = np.random.default_rng(7)
    words = [f"{chr(97 + n % 26)}{chr(97 + n // 26)}{chr(97 + n % 7)}x" for n in range(300)]
    texts = [" ".join(words[int(n)] for n in generator.zipf(1.3, 60) % 300) for _ in range(400)]
    view = build_view([segment(texts[:150], "a"), segment(texts[150:], "b")])
    counts = [Counter(text.split()) for text in texts]
    average = sum(sum(c.values()) for c in counts) / len(counts)
    for question in (" ".join(words[n : n + 4]) for n in range(0, 280, 28)):
        expected = np.zeros(len(texts))
        for word in question.split():
            df = sum(word in c for c in counts)
            idf = math.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
            for number, c in enumerate(counts):
                norm = K1 * (1 - B + B * sum(c.values()) / average)
                expected[number] += idf * c[word] * (K1 + 1) / (c[word] + norm)
        found = view.lexical(query_terms(question), 10)
        best = sorted(expected, reverse=True)[: len(found)]
        assert [expected[hit.chunk] for hit in found] == pytest.approx(best, rel=1e-5)


def test_a_merged_view_is_the_view_of_everything():
    whole = build_view([segment(TEXTS)])
    parts = build_view([segment([text], f"doc_{n}") for n, text in enumerate(TEXTS)])
    for question in ("RC-2045-X", "政策", "days", "退款政策 kilo"):
        in_parts, in_whole = (v.lexical(query_terms(question), 10) for v in (parts, whole))
        assert [hit.chunk for hit in in_parts] == [hit.chunk for hit in in_whole]
        assert [h.score for h in in_parts] == pytest.approx([h.score for h in in_whole])
    found, number = parts.locate(3)
    assert (found.document_id, number) == ("doc_3", 0)


def test_an_empty_view_finds_nothing():
    assert build_view([]).lexical(query_terms("anything"), 5) == []


def test_a_chunk_with_no_words_is_indexed():
    view = build_view([segment(["…", "word"])])
    assert search(view, "word") == [1]
    assert view.record(0).text == "…"


def test_nearest_vectors_come_first():
    view = build_view([segment(["a", "b", "c"], vectors=[[1, 0], [0.6, 0.8], [0, 0]])])
    hits = view.semantic(np.array([1, 0], dtype=np.float32), 2)
    assert [(hit.chunk, round(hit.score, 3)) for hit in hits] == [(0, 1.0), (1, 0.6)]


def test_vectors_of_another_model_are_not_compared():
    view = build_view([segment(["a"], vectors=[[1, 0]])])
    assert view.semantic(np.ones(3, dtype=np.float32), 2) == []
    mixed = build_view(
        [segment(["a"], "1", [[1, 0]]), segment(["b"], "2"), segment(["c"], "3", [[0, 1]])]
    )
    hits = mixed.semantic(np.array([0, 1], dtype=np.float32), 5)
    assert [hit.chunk for hit in hits] == [2]


def test_fusion_prefers_what_both_rankings_have():
    fused = fuse([[Hit(1, 9.0), Hit(2, 8.0)], [Hit(2, 0.9), Hit(3, 0.8)]], 2)
    assert [hit.chunk for hit in fused] == [2, 1]
    assert 0 < fused[0].score < 1


def test_one_ranking_keeps_its_scores():
    assert fuse([[Hit(4, 0.7)], []], 5) == [Hit(4, 0.7)]
    assert fuse([[], []], 5) == []


@pytest.mark.parametrize("data", [b"", b"RCSEG", b"x" * 100])
def test_other_bytes_are_no_segment(data):
    with pytest.raises(SegmentError):
        unpack(data)


def test_text_marks_point_at_every_fiftieth_text():
    texts = [f"Text number {n}" for n in range(120)]
    built = build_segment("doc_1", "a", [Passage(text, None) for text in texts])
    assert len(built.text_marks) == 4
    middle = built.data[built.text_marks[1] : built.text_marks[2]].splitlines()
    assert len(middle) == 50
    assert b"Text number 50" in middle[0]
    assert b"Text number 119" in built.data[: built.text_marks[3]].splitlines()[-1]


def test_building_is_deterministic():
    assert build_segment("d", "n", [Passage("a 退款", 1)]) == build_segment(
        "d", "n", [Passage("a 退款", 1)]
    )


def test_a_view_too_large_for_scores_ahead_ranks_alike(monkeypatch):
    question = query_terms("RC-2045-X 政策")
    ahead = build_view([segment(TEXTS)]).lexical(question, 10)
    monkeypatch.setattr("shared.retrieval.view._MOST_WORKED_OUT_AHEAD", 0)
    view = build_view([segment(TEXTS)])
    assert view.impacts is None
    assert view.lexical(question, 10) == ahead


def test_a_document_of_many_blocks_is_indexed_as_in_one(monkeypatch):
    texts = [f"{text} 第{n}段 part{n}" for n, text in enumerate(TEXTS * 4)]
    passages = [Passage(text, None) for text in texts]
    in_one = build_segment("doc_1", "a", passages)
    monkeypatch.setattr("shared.retrieval.indexing._BLOCK", 5)
    assert build_segment("doc_1", "a", passages) == in_one


def test_a_phrase_comes_before_its_scattered_pieces():
    texts = [
        "无理由者可凭发票办理退货，但由此产生的运费自付；因理由退回的商品不再支持换新。",
        "本店支持七天无理由退货。商品须保持完好，配件和包装齐全，运费由商家承担，三日内到账。",
    ]
    view = build_view([segment(texts)])
    question = "支持无理由退货吗"
    hits = view.lexical(query_terms(question), 10)
    assert [hit.chunk for hit in hits] == [0, 1]
    assert [hit.chunk for hit in prefer_phrases(view, hits, question)] == [1, 0]


def test_preferring_phrases_keeps_scores_within_bounds_and_all_hits(view):
    hits = view.lexical(query_terms("RC-2045-X 退款政策"), 10)
    preferred = prefer_phrases(view, hits, "RC-2045-X 退款政策")
    assert {hit.chunk for hit in preferred} == {hit.chunk for hit in hits}
    assert all(0 < hit.score <= 1 for hit in preferred)
    assert prefer_phrases(view, hits, "costs") == hits
    assert prefer_phrases(view, [], "退款政策") == []
