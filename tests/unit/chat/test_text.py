"""Pieces of text that come in halves; titles."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.chat.text import TextJoiner, title_of


def test_a_piece_goes_on_as_it_is() -> None:
    assert TextJoiner().whole("你好") == "你好"


def test_an_emoji_in_two_halves_is_joined() -> None:
    joiner = TextJoiner()
    assert joiner.whole("看\ud83d") == "看"
    assert joiner.whole("\ude00！") == "😀！"


def test_a_half_that_never_gets_its_other_half_is_replaced() -> None:
    joiner = TextJoiner()
    assert joiner.whole("a\ud83d") == "a"
    assert joiner.whole("b") == "\ufffdb"
    assert joiner.whole("\ude00") == "\ufffd"


@settings(deadline=None)
@given(st.text(), st.integers(min_value=1, max_value=5))
def test_any_cut_of_utf_16_gives_the_text_back(text: str, size: int) -> None:
    units = text.encode("utf-16-le")
    cuts = [units[at : at + 2 * size] for at in range(0, len(units), 2 * size)]
    joiner = TextJoiner()
    pieces = [joiner.whole(cut.decode("utf-16-le", "surrogatepass")) for cut in cuts]
    assert "".join(pieces) == text


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("你好", "你好"),
        ("  请问退款政策是什么？我上周买的。", "请问退款政策是什么？"),
        ("first line\nsecond line", "first line"),
        ("How long is the warranty? Please tell me.", "How long is the warranty?"),
        ("Version 2.5 is out. Read on.", "Version 2.5 is out."),
        ("长" * 40, "长" * 29 + "…"),
        ("???", "?"),
    ],
)
def test_a_title_is_the_first_sentence(message: str, title: str) -> None:
    assert title_of(message) == title
