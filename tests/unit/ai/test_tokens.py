"""Token estimates stay near a real tokenizer's counts; history keeps the newest."""

import json
from pathlib import Path

import pytest

from shared.ai.history import fit_history
from shared.ai.port import ChatRequest, Message, ToolCall, ToolSpec
from shared.ai.tokens import estimate_prompt, estimate_tokens, estimate_usage

VECTORS = Path(__file__).parents[2] / "support" / "vectors"
SAMPLES = json.loads((VECTORS / "token_counts.json").read_text("utf-8"))["samples"]


@pytest.mark.parametrize("language", ["zh", "en", "code", "other"])
def test_a_page_is_within_twelve_percent(language: str):
    samples = [sample for sample in SAMPLES if sample["language"] == language]
    real = sum(sample["tokens"] for sample in samples)
    estimated = sum(estimate_tokens(sample["text"]) for sample in samples)

    assert estimated == pytest.approx(real, rel=0.12)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["text"][:12])
def test_a_paragraph_is_within_a_quarter(sample: dict[str, object]):
    assert estimate_tokens(str(sample["text"])) == pytest.approx(sample["tokens"], rel=0.25)


def test_nothing_costs_nothing():
    assert estimate_tokens("") == 0
    assert estimate_tokens(" ") == 1


def test_a_request_counts_its_tools_and_tool_calls():
    plain = (Message("user", "你好"),)
    called = (Message("assistant", "", tool_calls=(ToolCall("1", "search", '{"q": "年假"}'),)),)
    tool = ToolSpec("search", "Searches the web.", {"type": "object"})

    assert estimate_prompt(plain, [tool]) > estimate_prompt(plain)
    assert estimate_prompt(plain + called) > estimate_prompt(plain)


def test_usage_is_marked_as_estimated():
    usage = estimate_usage(ChatRequest("m", (Message("user", "hello there"),)), "hi")

    assert usage.estimated
    assert usage.prompt_tokens > usage.completion_tokens > 0


def _turn(number: int) -> list[Message]:
    return [Message("user", f"question {number} " * 20), Message("assistant", "answer " * 20)]


def test_the_newest_turns_and_the_system_prompt_are_kept():
    history = [Message("system", "Be kind."), *_turn(1), *_turn(2), *_turn(3)]
    two_turns = estimate_prompt([history[0], *_turn(2), *_turn(3)])

    kept = fit_history(history, context=int((two_turns + 50) / 0.9) + 1, answer=50)

    assert list(kept) == [history[0], *_turn(2), *_turn(3)]


def test_a_tool_answer_is_never_parted_from_its_call():
    call = Message("assistant", "", tool_calls=(ToolCall("1", "f", "{}"),))
    history = [*_turn(1), Message("user", "q"), call, Message("tool", "r" * 4000, tool_call_id="1")]

    kept = fit_history(history, context=100, answer=50)

    assert list(kept) == history[2:]


def test_everything_is_kept_where_it_fits():
    history = [Message("assistant", "Welcome!"), *_turn(1)]

    assert list(fit_history(history, context=100_000, answer=1000)) == history
