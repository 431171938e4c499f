"""What the model is sent: system prompt, numbered passages, as much history as fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.ai.catalog import Model
from shared.ai.history import fit_history
from shared.ai.port import ChatRequest, ToolSpec
from shared.ai.port import Message as Line
from shared.ai.prompt_format import Passage as Numbered
from shared.ai.prompt_format import with_passages
from shared.ai.tokens import estimate_prompt, estimate_tokens
from shared.data.chat_messages import Message, Source
from shared.data.chat_sessions import Mode
from shared.data.roles import Role

if TYPE_CHECKING:
    from shared.retrieval.port import Passage

SNIPPET_CHARS = 300
PASSAGES_TOKENS = 6_000
_PASSAGE_FRAME_TOKENS = 40
_TASK = (
    "\n\n当前为任务模式：把用户的消息当作要完成的任务，直接给出完整、可用的结果，不寒暄，不反问。"
    "\nTask mode: treat the message as a task and give its complete, usable result at once."
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is known of a prompt before retrieval.

    `most_tokens` is what it may come to with passages, `passage_tokens` the part kept for them.
    """

    request: ChatRequest
    most_tokens: int
    passage_tokens: int


def plan_prompt(
    role: Role,
    model: Model,
    mode: Mode,
    history: Sequence[Message],
    question: str,
    tools: tuple[ToolSpec, ...],
) -> Prompt:
    """The request without passages, and the room they may take."""
    config = role.model_config
    max_tokens = min(config.max_tokens, model.max_output, model.context // 2)
    system = Line("system", role.system_prompt + (_TASK if mode == "task" else ""))
    spoken = [*_conversation(history), Line("user", question)]
    passage_tokens = 0
    if role.knowledge_bases:
        least = estimate_prompt([system, spoken[-1]], tools) + max_tokens
        passage_tokens = max(0, min(PASSAGES_TOKENS, (model.context - least) // 2))
    fixed = passage_tokens + estimate_prompt([], tools)
    messages = fit_history([system, *spoken], model.context - fixed, max_tokens)
    request = ChatRequest(
        model=model.id,
        messages=messages,
        temperature=config.temperature if model.sampling else None,
        top_p=config.top_p if model.sampling else None,
        max_tokens=max_tokens,
        tools=tools,
    )
    return Prompt(request, estimate_prompt(messages, tools) + passage_tokens, passage_tokens)


def choose_passages(passages: "Sequence[Passage]", tokens: int) -> "list[Passage]":
    """The best passages that fit into so many tokens, best first."""
    chosen: list[Passage] = []
    for passage in passages:
        tokens -= estimate_tokens(passage.text) + _PASSAGE_FRAME_TOKENS
        if tokens < 0:
            break
        chosen.append(passage)
    return chosen


def put_passages(messages: Sequence[Line], passages: "Sequence[Passage]") -> tuple[Line, ...]:
    """The messages with the passages, numbered from 1, behind the system prompt."""
    numbered = [
        Numbered(number, passage.document_name, passage.text, passage.page)
        for number, passage in enumerate(passages, 1)
    ]
    system, *spoken = messages
    return (Line("system", with_passages(system.content, numbered)), *spoken)


def to_source(passage: "Passage") -> Source:
    """What a client is told of a passage that was put before the model."""
    return Source(
        document_id=passage.document_id,
        document_name=passage.document_name,
        chunk_id=passage.chunk_id,
        page=passage.page,
        score=round(passage.score, 4),
        snippet=passage.snippet[:SNIPPET_CHARS],
    )


def _conversation(history: Sequence[Message]) -> list[Line]:
    """Questions with the answers they got; one without an answer would break the alternation
    that some providers demand, and is asked again by whoever still wants to know."""
    lines: list[Line] = []
    question: Message | None = None
    for message in history:
        if message.author == "user":
            question = message
        elif question is not None and message.content and message.status != "running":
            lines += [Line("user", question.content), Line("assistant", message.content)]
            question = None
    return lines
