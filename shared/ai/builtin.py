"""The offline model: no network, no key; it quotes what fits the question, the same every time."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from shared.ai.builtin_drawing import NOTES as DRAWING_NOTES
from shared.ai.builtin_drawing import drawing_call, drawing_told
from shared.ai.catalog import BUILTIN
from shared.ai.extract import Sentence, best_sentences, split_sentences
from shared.ai.facts_format import Section, parse_facts, without_facts
from shared.ai.port import (
    ChatRequest,
    Completion,
    Finished,
    FinishReason,
    StreamEvent,
    TextDelta,
    ToolCalls,
)
from shared.ai.prompt_format import Passage, parse_passages, without_passages
from shared.ai.tokens import estimate_tokens, estimate_usage
from shared.core.text import Language, Text

_FROM_PASSAGES = Text(
    "我是离线模型，以下摘自资料：", "I am the offline model, quoting the passages:"
)
_FROM_PROMPT = Text(
    "我是离线模型，以下摘自设定：", "I am the offline model, quoting my instructions:"
)
_FROM_HISTORY = Text(
    "我是离线模型，以下摘自此前的对话：", "I am the offline model, quoting our conversation:"
)
_CLOSEST = Text(
    "我是离线模型，没有找到直接的答案，最接近的资料是：",
    "I am the offline model and found no direct answer; the closest passage says:",
)
_NOTHING = Text(
    "我是离线模型，只能从资料、设定和对话中摘录，没有找到与这个问题有关的内容。",
    "I am the offline model and can only quote; I found nothing about this question.",
)
_FROM_FACTS = Text(
    "我是离线模型，以下只列出现有数据，未作分析：",
    "I am the offline model; this lists the data at hand, without analysis:",
)
_EXCERPTS = Text("资料摘录", "From the documents")
_NOTES = tuple(
    note
    for text in (_FROM_PASSAGES, _FROM_PROMPT, _FROM_HISTORY, _CLOSEST, _NOTHING, *DRAWING_NOTES)
    for note in text
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_PIECE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+\s*|\s+")
_CITATION = re.compile(r"\s*\[\d+\]")


@dataclass(frozen=True, slots=True)
class _Material:
    question: str
    facts: list[Section]
    language: Language
    passages: list[Passage]
    prompt: str
    earlier: list[str]


class BuiltinProvider:
    """Answers by quoting from the passages, else the system prompt, else the history.

    Of skills it knows one: where it may, it has a picture made when it is plainly asked to.
    """

    name = BUILTIN

    async def complete(self, request: ChatRequest) -> Completion:
        """The whole answer, or the call of a skill."""
        call = drawing_call(request)
        if call:
            usage = estimate_usage(request, call.arguments)
            return Completion("", "tool_calls", usage, (call,))
        answer, reason = _limited(compose(request), request)
        return Completion(answer, reason, estimate_usage(request, answer))

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """The answer word by word."""
        completion = await self.complete(request)
        for piece in _PIECE.findall(completion.content):
            yield TextDelta(piece)
            await asyncio.sleep(0)
        if completion.tool_calls:
            yield ToolCalls(completion.tool_calls)
        yield Finished(completion.finish_reason, completion.usage)


def compose(request: ChatRequest) -> str:
    """The answer to the last user message."""
    material = _read(request)
    told = drawing_told(request, material.language)
    if told:
        return told
    passages = {passage.number: passage for passage in material.passages}
    cited = [
        sentence
        for passage in material.passages
        for sentence in split_sentences(passage.text, passage.number)
    ]
    chosen = best_sentences(material.question, cited)
    if material.facts:
        return _report(material, chosen)
    if chosen:
        return _answer(_FROM_PASSAGES, material.language, chosen, cite=True)
    for note, texts in ((_FROM_PROMPT, [material.prompt]), (_FROM_HISTORY, material.earlier)):
        chosen = best_sentences(material.question, _sentences(texts))
        if chosen:
            return _answer(note, material.language, chosen, cite=False)
    if passages:
        first = material.passages[0].number
        opening = [sentence for sentence in cited if sentence.origin == first][:2]
        return _answer(_CLOSEST, material.language, opening, cite=True)
    return _NOTHING.of(material.language)


def _read(request: ChatRequest) -> _Material:
    system = "\n".join(m.content for m in request.messages if m.role == "system")
    spoken = [m for m in request.messages if m.role in ("user", "assistant")]
    last = max((i for i, m in enumerate(spoken) if m.role == "user"), default=-1)
    asked = spoken[last].content if last >= 0 else ""
    question = without_facts(asked)
    return _Material(
        question=question,
        facts=parse_facts(asked),
        language="zh" if _HAN.search(question) else "en",
        passages=parse_passages(system),
        prompt=without_passages(system),
        earlier=[_own_words(m.content) for m in spoken[:last]] if last >= 0 else [],
    )


def _report(material: _Material, quoted: Sequence[Sentence]) -> str:
    """What a report is asked to be made of, section by section, and what the passages say."""
    excerpts = tuple(dict.fromkeys(f"{each.text} [{each.origin}]" for each in quoted))
    sections = [*material.facts]
    if excerpts:
        sections.append(Section(_EXCERPTS.of(material.language), excerpts))
    parts = [_FROM_FACTS.of(material.language)]
    for section in sections:
        parts.append("\n".join((f"## {section.title}", "", *(f"- {x}" for x in section.lines))))
    return "\n\n".join(parts)


def _own_words(text: str) -> str:
    """An earlier message without what this model adds, so that it never quotes itself."""
    for note in _NOTES:
        text = text.replace(note, "")
    return _CITATION.sub("", text)


def _sentences(texts: Sequence[str]) -> list[Sentence]:
    return [s for number, text in enumerate(texts) for s in split_sentences(text, number)]


def _answer(note: Text, language: Language, chosen: list[Sentence], *, cite: bool) -> str:
    lines = []
    for sentence in chosen:
        lines.append(f"{sentence.text} [{sentence.origin}]" if cite else sentence.text)
    return "\n".join([note.of(language), *dict.fromkeys(lines)])


def _limited(answer: str, request: ChatRequest) -> tuple[str, FinishReason]:
    for stop in request.stop:
        answer = answer.partition(stop)[0] if stop else answer
    if request.max_tokens is None or estimate_tokens(answer) <= request.max_tokens:
        return answer, "stop"
    kept = ""
    for piece in _PIECE.findall(answer):
        if estimate_tokens(kept + piece) > request.max_tokens:
            break
        kept += piece
    return kept, "length"
