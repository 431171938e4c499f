"""Skills: what exists runs, what does not says so."""

from collections.abc import Mapping
from typing import Any

import pytest

from shared.ai.port import ToolCall, ToolSpec
from shared.ai.tools import ToolAnswer, ToolBox, ToolContext

CONTEXT = ToolContext("user_1", "role_1", "session_1", "msg_1", language="en")


class Echo:
    """A tool that shows its arguments."""

    name = "file_processing"
    spec = ToolSpec("file_processing", "Echoes.", {"type": "object"})

    async def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolAnswer:
        return ToolAnswer(f"{dict(arguments)} for {context.user_id}, call {context.call_id}")


BOX = ToolBox(["file_processing", "web_search", "unheard_of"], [Echo()])


def test_the_model_is_offered_what_is_enabled_and_known():
    assert [spec.name for spec in BOX.specs] == ["file_processing", "web_search"]


async def test_a_tool_runs_with_its_arguments():
    answer = await BOX.run(ToolCall("1", "file_processing", '{"a": 1}'), CONTEXT)

    assert answer == ToolAnswer("{'a': 1} for user_1, call 1")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_skill_without_a_service_says_that_it_is_not_available(language: Any):
    context = ToolContext("u", "r", "s", "m", language=language)

    answer = await BOX.run(ToolCall("1", "web_search", '{"query": "x"}'), context)

    assert answer.text in ("该技能暂未开放。", "This skill is not available yet.")


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (ToolCall("1", "code_execution", "{}"), "There is no such skill."),
        (ToolCall("1", "file_processing", "not json"), "no valid JSON object"),
        (ToolCall("1", "file_processing", "[1]"), "no valid JSON object"),
    ],
)
async def test_a_wrong_call_is_answered_in_words(call: ToolCall, answer: str):
    assert answer in (await BOX.run(call, CONTEXT)).text
