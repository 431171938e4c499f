"""What a source shows of its passage."""

from shared.retrieval.snippet import LONGEST_SNIPPET, snippet


def test_a_short_passage_is_shown_whole():
    assert snippet("Two\nlines.", "anything") == "Two lines."


def test_a_long_one_is_shown_from_the_sentence_that_answers():
    filler = "这是一句与问题没有关系的话，只是用来占地方。" * 30
    answer = "退款政策：客户在收到商品七日内可以申请无理由退货。"
    shown = snippet(filler + answer + filler, "退款政策是什么？")
    assert shown.startswith(answer)
    assert shown.endswith("…")
    assert len(shown) <= LONGEST_SNIPPET


def test_the_end_of_a_passage_has_no_ellipsis():
    filler = "Nothing to see in this sentence at all. " * 20
    shown = snippet(filler + "The RC-2045-X costs 129 EUR.", "price of RC-2045-X")
    assert shown == "The RC-2045-X costs 129 EUR."


def test_without_any_mark_the_beginning_is_shown():
    assert snippet("x" * 1_000, "question") == "x" * 299 + "…"


def test_of_a_table_the_row_in_question_is_shown() -> None:
    rows = "\n".join(f"AB-{number:04d}-X | part {number}" for number in range(300, 340))
    shown = snippet(f"code | name\n{rows}", "AB-0321-X")
    assert shown.startswith("AB-0321-X | part 321 AB-0322-X")
    assert "\n" not in shown
