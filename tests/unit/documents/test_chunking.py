"""Chunks: whole sentences, their page, their heading."""

import random
import re

import pytest

from shared.documents.chunking import CHUNK_CHARS, chunk_sections
from shared.documents.extraction.model import Layout, Section
from shared.documents.reflow import reflow

ENGLISH = "The customer may return goods within seven days, see e.g. Fig. 3 by Dr. Smith. "
CHINESE = "客户在收到商品七日内，可以申请无理由退货，运费由商家承担。"


def texts(*sections: Section) -> list[str]:
    return [chunk.text for chunk in chunk_sections(sections)]


@pytest.mark.parametrize("sentence", [ENGLISH, CHINESE])
def test_no_sentence_is_cut_and_nothing_is_lost(sentence):
    chunks = texts(Section(sentence * 100))
    assert all(chunk.endswith(sentence.strip()) for chunk in chunks)
    assert "".join("".join(chunks).split()) == "".join((sentence * 100).split())
    assert all(CHUNK_CHARS // 2 < len(chunk) <= CHUNK_CHARS * 6 / 5 for chunk in chunks)


@pytest.mark.parametrize("seed", range(20))
def test_random_mixed_texts_keep_sentences_whole(seed):
    choose = random.Random(seed)
    sentences = [
        f"第{n}条说明" + "退款政策" * choose.randint(1, 40) + "。"
        if choose.random() < 0.5
        else f"Clause {n} says" + " word" * choose.randint(1, 60) + choose.choice(".!?")
        for n in range(200)
    ]
    chunks = texts(Section("\n".join(sentences)))
    joined = "\n".join(chunks).split("\n")
    assert joined == sentences


def test_a_sentence_longer_than_a_chunk_is_cut_at_a_clause():
    clause = "其中包括但不限于退货运费的承担方式" * 5 + "，"
    chunks = texts(Section(clause * 30 + "完。"))
    assert len(chunks) > 1
    assert all(chunk.endswith("，") for chunk in chunks[:-1])
    assert "".join(chunks) == clause * 30 + "完。"


def test_text_without_any_mark_is_cut_at_the_limit_and_loses_nothing():
    chunks = texts(Section("字" * 5_000))
    assert "".join(chunks) == "字" * 5_000
    assert max(map(len, chunks)) <= CHUNK_CHARS * 6 / 5


def test_heading_opens_every_chunk_of_its_section():
    chunks = texts(Section(CHINESE * 100, heading="第一章 › 退款"))
    assert len(chunks) > 3
    assert all(chunk.startswith("第一章 › 退款\n") for chunk in chunks)


def test_rows_are_never_cut_and_carry_the_column_names():
    rows = [f"A-{n} | item, number {n}. Very good | {n}.50" for n in range(200)]
    chunks = texts(Section("\n".join(rows), 1, "Stock\ncode | name | price", Layout.ROWS))
    bodies = [chunk.removeprefix("Stock\ncode | name | price\n") for chunk in chunks]
    assert "\n".join(bodies).split("\n") == rows


def test_short_sections_of_one_page_share_a_chunk():
    sections = [Section(f"Answer {n}.", None, f"Question {n}?") for n in range(3)]
    assert texts(*sections) == [
        "Question 0?\nAnswer 0.\nQuestion 1?\nAnswer 1.\nQuestion 2?\nAnswer 2."
    ]


def test_pages_are_kept_apart_and_positions_count_on():
    chunks = list(chunk_sections([Section(f"Page {n} ends.", n) for n in (1, 2, 3)]))
    assert [(c.page, c.position, c.text) for c in chunks] == [
        (1, 0, "Page 1 ends."),
        (2, 1, "Page 2 ends."),
        (3, 2, "Page 3 ends."),
    ]


def test_a_sentence_over_a_page_end_stays_whole_on_the_page_where_it_began():
    chunks = list(
        chunk_sections(
            [
                Section("First. The return of goods is", 1, "", Layout.WRAPPED),
                Section("free of charge. The next one.", 2, "", Layout.WRAPPED),
            ]
        )
    )
    assert [(c.page, c.text) for c in chunks] == [
        (1, "First. The return of goods is free of charge."),
        (2, "The next one."),
    ]


def test_wrapped_lines_become_paragraphs():
    text = (
        "The customer may return the goods within a hyphen-\n"
        "ated period that is described in the following par-\n"
        "agraph.\n\n1. First item\n2. Second item\n"
        "客户在收到商品之后的七日之内可以向商家申请无理由退货而\n且运费由商家承担。\n"
    )
    assert reflow(text).split("\n") == [
        "The customer may return the goods within a hyphenated period that is described in the "
        "following paragraph.",
        "1. First item",
        "2. Second item",
        "客户在收到商品之后的七日之内可以向商家申请无理由退货而且运费由商家承担。",
    ]


def test_abbreviations_and_decimals_end_no_sentence():
    sentence = "Dr. Smith paid 3.14 EUR to J. Doe, i.e. the full price of No. 5 etc. in cash. "
    for chunk in texts(Section(sentence * 40)):
        assert re.search(r"in cash\.$", chunk)
