"""The offline model has a picture made when it is plainly asked to, and may."""

import json
import time

import pytest

from shared.ai.builtin import BuiltinProvider
from shared.ai.catalog import BUILTIN
from shared.ai.port import ChatRequest, Finished, Message, ToolCall, ToolCalls, ToolSpec

SKILL = ToolSpec("image_generation", "Makes a picture.", {"type": "object"})


def request(*messages: Message, tools: tuple[ToolSpec, ...] = (SKILL,)) -> ChatRequest:
    return ChatRequest(BUILTIN, (Message("system", "你是助手。"), *messages), tools=tools)


async def prompt_for(question: str, tools: tuple[ToolSpec, ...] = (SKILL,)) -> str | None:
    completion = await BuiltinProvider().complete(request(Message("user", question), tools=tools))
    if not completion.tool_calls:
        assert completion.content
        return None
    (call,) = completion.tool_calls
    assert (call.name, completion.content, completion.finish_reason) == (
        "image_generation", "", "tool_calls",
    )  # fmt: skip
    found: str = json.loads(call.arguments)["prompt"]
    return found


@pytest.mark.parametrize(
    ("question", "prompt"),
    [
        ("画一只戴草帽的橘猫", "一只戴草帽的橘猫"),
        ("帮我画一张海边日落的图片，谢谢！", "一张海边日落的图片"),
        ("能帮我画猫吗？", "猫"),
        ("请帮我生成一张橘猫的图片", "一张橘猫的图片"),
        ("绘制一座桥。", "一座桥"),
        ("画：山水", "山水"),
        ("Draw a cat in a straw hat.", "a cat in a straw hat"),
        ("Can you please paint a horse?", "a horse"),
        ("please generate an image of a bridge at night, thanks", "an image of a bridge at night"),
    ],
)
async def test_a_plain_request_becomes_a_call(question: str, prompt: str):
    assert await prompt_for(question) == prompt


@pytest.mark.parametrize(
    "question",
    ["画家梵高是哪国人？", "怎么画一只猫？", "请问画展在哪里", "你画得怎么样", "能画画吗", "请画",
     "生成一份报告", "帮我做一张表格", "How do I draw a cat?", "draw a conclusion from this",
     "What is the image of a function?", "make a plan for a picture", ""],
)  # fmt: skip
async def test_what_only_speaks_of_pictures_is_answered(question: str):
    assert await prompt_for(question) is None


@pytest.mark.parametrize("tools", [(), (ToolSpec("web_search", "", {}),)])
async def test_without_the_skill_there_is_no_call(tools: tuple[ToolSpec, ...]):
    assert await prompt_for("画一只猫", tools) is None


async def test_a_stream_gives_the_call_and_ends():
    events = [
        event async for event in BuiltinProvider().stream(request(Message("user", "画一只猫")))
    ]
    assert isinstance(events[0], ToolCalls)
    assert isinstance(events[1], Finished)
    assert events[1].reason == "tool_calls"
    assert events[1].usage.prompt_tokens > 0


@pytest.mark.parametrize(
    ("question", "told", "answer"),
    [
        ("画一只猫", '{"link": "[图](/x)"}', "我是离线模型，已为您提交图片任务：[图](/x)"),
        ("Draw a cat", '{"error": "over the budget"}',
         "I am the offline model; there is no picture: over the budget"),
        ("画一只猫", "没有这个技能。", "我是离线模型，图片没有生成：没有这个技能。"),
    ],
)  # fmt: skip
async def test_it_tells_what_came_of_the_call(question: str, told: str, answer: str):
    asked = Message("user", question)
    call = Message("assistant", "", tool_calls=(ToolCall("c", "image_generation", "{}"),))
    completion = await BuiltinProvider().complete(
        request(asked, call, Message("tool", told, tool_call_id="c"))
    )
    assert (completion.content, completion.tool_calls) == (answer, ())


@pytest.mark.parametrize("text", ["画一" + " " * 32_000 + "x", "please " * 4_500, "帮" * 32_000])
async def test_a_long_message_is_looked_at_quickly(text: str):
    begun = time.process_time()
    await prompt_for(text, (SKILL,))
    assert time.process_time() - begun < 2
