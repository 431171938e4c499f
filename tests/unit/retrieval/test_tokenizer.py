"""Terms of documents and of questions."""

import pytest

from shared.retrieval.tokenizer import normalize, query_phrases, query_terms, text_words, word_terms


def indexed(text: str) -> set[int]:
    """The word terms a text is found by."""
    return {term for word in text_words(normalize(text)) for term in word_terms(word)}


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("the RC-2045-X model", "rc-2045-x"),
        ("the RC-2045-X model", "RC2045X"),
        ("the RC2045X model", "RC-2045-X"),
        ("the RC-2045-X model", "2045"),
        ("version v1.5.2 of it", "v1.5.2"),
        ("total of 1,299 EUR", "1299"),
        ("ＡＢＣ－１２３ in full width", "abc-123"),
        ("written in C++ and C#", "c++"),
        ("all policies apply", "policy"),
        ("the customer's boxes", "customer"),
        ("Größe der Straße", "größe"),
    ],
)
def test_a_question_finds_the_word_as_it_was_written(text, question):
    terms = query_terms(question)
    assert terms
    assert set(terms) & indexed(text)


def test_a_whole_code_is_told_from_one_with_the_same_parts():
    exact = set(query_terms("RC-2045-X"))
    assert exact <= indexed("RC-2045-X")
    assert not exact <= indexed("RC-2045 and X")


def test_version_numbers_differ_from_numbers_without_the_dot():
    assert not set(query_terms("v15")) & (indexed("v1.5") - indexed("v 1 5"))


def test_stop_words_are_left_out_unless_there_is_nothing_else():
    assert query_terms("What is the price?") == query_terms("price")
    assert len(query_terms("to be or not to be")) > 0


def test_chinese_questions_are_reduced_to_their_content():
    assert query_terms("请问退款政策是什么？") == query_terms("退款政策")


def test_chinese_bigrams_and_a_lone_character():
    assert query_terms("退款政") == [ord("退") << 21 | ord("款"), ord("款") << 21 | ord("政")]
    assert query_terms("猫") == [ord("猫")]


def test_a_question_of_fillers_alone_still_has_terms():
    assert query_terms("是什么") != []


def test_terms_are_given_once():
    assert len(query_terms("price price PRICE prices")) == 1


def test_no_terms_in_marks_alone():
    assert query_terms("?! …") == []


def test_phrases_are_codes_and_longer_runs_without_fillers():
    assert query_phrases("请问 RC-2045-X 的退款政策是什么？") == ["rc-2045-x", "退款政策"]
    assert query_phrases("how much does it cost") == []
