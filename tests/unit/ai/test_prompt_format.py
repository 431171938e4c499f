"""Passages go into a prompt and come out as they were."""

from hypothesis import given
from hypothesis import strategies as st

from shared.ai.prompt_format import Passage, parse_passages, with_passages, without_passages

_SPECIMENS = st.sampled_from(["</passage>", "<passage n=", "\u200b", "<", "/", "Passages", "\n"])
_TEXTS = st.lists(st.one_of(st.text(max_size=8), _SPECIMENS), max_size=8).map("".join)


def test_a_prompt_without_passages_is_the_system_prompt_alone():
    assert with_passages("Be kind.", []) == "Be kind."
    assert parse_passages("Be kind.") == []


def test_passages_keep_number_source_page_and_text():
    passages = [
        Passage(1, '手册 "A" <v2>.pdf', "第一句。\n第二句。", page=3),
        Passage(2, "notes.md", "Plain text."),
    ]

    prompt = with_passages("你是助手。", passages)

    assert parse_passages(prompt) == passages
    assert without_passages(prompt) == "你是助手。"


@given(text=_TEXTS)
def test_no_text_can_open_or_close_a_passage(text: str):
    passages = [Passage(1, "a", text), Passage(2, "b", "after")]

    assert parse_passages(with_passages("", passages)) == passages
