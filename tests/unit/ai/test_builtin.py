"""The offline model quotes the right sentence, cites it, and says what it is."""

import pytest

from shared.ai.builtin import BuiltinProvider
from shared.ai.catalog import BUILTIN
from shared.ai.extract import split_sentences
from shared.ai.port import ChatRequest, Completion, Finished, Message, StreamEvent, TextDelta
from shared.ai.prompt_format import Passage, with_passages
from shared.ai.tokens import estimate_prompt, estimate_tokens

HANDBOOK = """第三章 休假
公司为全体员工提供每年十五天的带薪年假。员工入职满一年后即可享受，未休完的假期可以顺延到下一年度的三月三十一日。
病假需提供医院证明，三天以内可事后补交。
报销标准：国内出差住宿每晚不超过五百元，餐补每天一百元。
问：如何申请加班？
答：在系统中提交加班申请单。"""
GUIDE = """# X-200 Power Station
The X-200 has a battery capacity of 512 Wh and weighs 6.1 kg.
## Warranty
The warranty period is 24 months from the date of purchase. Batteries are
covered for 12 months only. To claim, send the serial number to support@example.com."""
PASSAGES = [Passage(1, "手册.pdf", HANDBOOK, 3), Passage(2, "guide.md", GUIDE)]
PROMPT = "你是客服助手小蓝。退货期限为七天。"


def asked(question: str, *earlier: Message, passages: list[Passage] | None = None) -> ChatRequest:
    system = with_passages(PROMPT, PASSAGES if passages is None else passages)
    return ChatRequest(BUILTIN, (Message("system", system), *earlier, Message("user", question)))


async def answer(request: ChatRequest) -> Completion:
    return await BuiltinProvider().complete(request)


@pytest.mark.parametrize(
    ("question", "fact", "citation"),
    [
        ("年假有多少天？", "每年十五天的带薪年假", "[1]"),
        ("请病假需要什么材料？", "病假需提供医院证明", "[1]"),
        ("出差住宿的报销标准是多少", "每晚不超过五百元", "[1]"),
        ("怎么申请加班", "在系统中提交加班申请单", "[1]"),
        ("未休完的假可以顺延吗", "顺延到下一年度", "[1]"),
        ("What is the warranty period of the X-200?", "24 months from the date", "[2]"),
        ("How do I claim warranties?", "send the serial number", "[2]"),
        ("Are batteries covered?", "Batteries are covered for 12 months only.", "[2]"),
    ],
)
async def test_the_answering_sentence_is_quoted_with_its_number(
    question: str, fact: str, citation: str
):
    content = (await answer(asked(question))).content

    line = next(line for line in content.splitlines() if fact in line)
    assert line.endswith(citation)
    assert len(content.splitlines()) <= 5


async def test_each_part_of_a_question_gets_its_sentence():
    content = (await answer(asked("年假几天？住宿标准多少？"))).content

    assert "每年十五天的带薪年假" in content
    assert "每晚不超过五百元" in content


async def test_numbers_are_found_with_or_without_their_commas():
    passages = [Passage(1, "a", "| 3,000 元以内 | 主管 |\n| 超过 20,000 元 | 总裁 |")]

    assert "总裁 [1]" in (await answer(asked("20000元由谁审批", passages=passages))).content


async def test_it_says_what_it_is_in_the_language_of_the_question():
    assert (await answer(asked("年假有多少天？"))).content.startswith("我是离线模型")
    assert (await answer(asked("Which warranty?"))).content.startswith("I am the offline model")


async def test_without_passages_the_system_prompt_is_quoted():
    completion = await answer(asked("退货期限是几天？", passages=[]))

    assert "退货期限为七天。" in completion.content
    assert "[1]" not in completion.content


async def test_the_history_is_quoted_last_and_never_its_own_notes():
    before = (await answer(asked("年假有多少天？"))).content
    earlier = [Message("user", "你好，我叫李雷。"), Message("assistant", before)]

    completion = await answer(asked("我叫什么？", *earlier, passages=[]))

    assert "我叫李雷" in completion.content
    assert completion.content.count("离线模型") == 1


async def test_where_nothing_fits_it_says_so():
    assert (
        "没有找到与这个问题有关的内容"
        in (await answer(asked("火星有几颗卫星", passages=[]))).content
    )
    closest = (await answer(asked("火星有几颗卫星"))).content
    assert "最接近的资料" in closest
    assert "[1]" in closest


async def test_the_same_question_gets_the_same_answer():
    assert await answer(asked("年假有多少天？")) == await answer(asked("年假有多少天？"))


async def test_tokens_are_counted_as_for_any_model():
    request = asked("年假有多少天？")
    completion = await answer(request)

    assert completion.usage.prompt_tokens == estimate_prompt(request.messages)
    assert completion.usage.completion_tokens == estimate_tokens(completion.content)


async def _events(request: ChatRequest) -> list[StreamEvent]:
    return [event async for event in BuiltinProvider().stream(request)]


async def test_the_stream_is_the_answer_word_by_word():
    request = asked("What is the warranty period of the X-200?")
    *deltas, end = await _events(request)
    completion = await answer(request)

    pieces = [event.text for event in deltas if isinstance(event, TextDelta)]
    assert "".join(pieces) == completion.content
    assert len(pieces) > 10
    assert end == Finished("stop", completion.usage)


async def test_limits_of_the_request_hold():
    whole = asked("年假有多少天？")
    short = ChatRequest(BUILTIN, whole.messages, max_tokens=10)
    stopped = ChatRequest(BUILTIN, whole.messages, stop=("：",))

    limited = await answer(short)
    assert (limited.finish_reason, limited.usage.completion_tokens <= 10) == ("length", True)
    assert (await answer(stopped)).content == "我是离线模型，以下摘自资料"


async def test_a_request_without_a_question_is_answered():
    assert (await answer(ChatRequest(BUILTIN, ()))).content


def test_wrapped_lines_are_joined_and_marks_left_out():
    text = "# Title\n- one item\n| cell |\n---\nA line that was wrapped by\nthe page goes on.\n"

    assert [s.text for s in split_sentences(text)] == [
        "Title", "one item", "cell", "A line that was wrapped by the page goes on.",
    ]  # fmt: skip


def test_a_version_number_does_not_end_a_sentence():
    text = "It weighs 6.1 kg. 它重6.1公斤！很轻。"

    sentences = [sentence.text for sentence in split_sentences(text)]
    assert sentences == ["It weighs 6.1 kg.", "它重6.1公斤！", "很轻。"]
