"""Questions by rule out of the bundled words and passages: the same every time, no model."""

import hashlib
from collections.abc import Iterator, Sequence

from shared.learning.batch import BLANK, LETTERS, Drafted
from shared.learning.words import Passage, Word, passages, words

_SYNONYMS = (
    {"adequate", "sufficient", "abundant", "available"},
    {"persuade", "convince", "encourage", "inspire"},
    {"apparent", "obvious"},
    {"crucial", "essential", "fundamental", "significant", "considerable", "inevitable"},
    {"achieve", "acquire", "establish", "generate"},
    {"assess", "analyze", "estimate", "determine", "identify", "conclude", "assume"},
    {"adapt", "alter", "adopt", "expand"},
    {"impact", "influence", "consequence", "benefit"},
    {"attempt", "challenge", "opportunity", "advantage", "approach", "alternative"},
    {"ability", "capacity", "potential", "confidence", "attitude", "ambition"},
    {"accurate", "appropriate", "convenient", "efficient", "flexible"},
    {"prevent", "eliminate", "cancel", "ignore", "deny"},
    {"encounter", "emerge"},
    {"contribute", "distribute", "demonstrate", "emphasize", "communicate", "compete"},
    {"admire", "appreciate", "accept", "approve", "deserve"},
    {"crisis", "conflict", "barrier", "burden", "absence"},
    {"gradually", "eventually"},
    {"frequent", "constant", "permanent"},
    {"capable", "creative", "curious", "aware", "independent"},
    {"anxious", "reluctant", "aggressive"},
)
Draft = tuple[Drafted, str]
"""A question and its difficulty."""


def questions_by_rule(
    kind: str, difficulty: str, topic: str, start: int, count: int
) -> list[Draft]:
    """Drafts number `start` to `start + count` of all that can be made; fewer where they end.

    Those of the asked difficulty and topic come first.
    """
    pool = _reading(difficulty, topic) if kind == "reading" else _of_words(kind, difficulty, topic)
    return list(pool)[start : start + count]


def _of_words(kind: str, difficulty: str, topic: str) -> Iterator[Draft]:
    ordered = sorted(
        words(), key=lambda word: (word.difficulty != difficulty, _order(topic, word.word))
    )
    for word in ordered:
        yield (_cloze(word) if kind == "cloze" else _meaning(word)), word.difficulty
    if kind == "vocabulary":
        for word in ordered:
            yield _word_of(word), word.difficulty


def _cloze(word: Word) -> Drafted:
    before, _, after = word.sentence.lower().partition(word.word)
    end = len(before)
    stem = word.sentence[:end] + BLANK + word.sentence[len(word.sentence) - len(after) :]
    options, answer = _options(word.word, [other.word for other in _others(word)])
    return Drafted(
        stem=stem,
        options=options,
        answer=answer,
        explanation=f"{word.word}（{word.part_of_speech}）意为“{word.meaning}”。"
        f"原句：{word.sentence}",
    )


def _meaning(word: Word) -> Drafted:
    options, answer = _options(word.meaning, [other.meaning for other in _others(word)])
    return Drafted(
        stem=f"“{word.word}”（{word.part_of_speech}）的意思是？",
        options=options,
        answer=answer,
        explanation=f"{word.word} 意为“{word.meaning}”。例句：{word.sentence}",
    )


def _word_of(word: Word) -> Drafted:
    options, answer = _options(word.word, [other.word for other in _others(word)])
    return Drafted(
        stem=f"表示“{word.meaning}”（{word.part_of_speech}）的单词是？",
        options=options,
        answer=answer,
        explanation=f"{word.word} 意为“{word.meaning}”。例句：{word.sentence}",
    )


def _reading(difficulty: str, topic: str) -> Iterator[Draft]:
    def rank(passage: Passage) -> tuple[bool, bool, str]:
        about = bool(topic) and passage.topic in topic.lower()
        return not about, passage.difficulty != difficulty, passage.topic

    for passage in sorted(passages(), key=rank):
        for asked in passage.questions:
            drafted = Drafted(
                stem=f"{passage.text}\n\n{asked['stem']}",
                options=asked["options"],
                answer=LETTERS[asked["answer"]],
                explanation=asked["explanation"],
            )
            yield drafted, passage.difficulty


def _others(word: Word) -> list[Word]:
    """Three wrong answers: of the same part of speech, with another meaning."""
    alike = [
        other
        for other in words()
        if other.part_of_speech == word.part_of_speech and not _near(word, other)
    ]
    if len(alike) < len(LETTERS) - 1:
        alike += [other for other in words() if other.part_of_speech != word.part_of_speech]
    chosen: dict[str, Word] = {}
    for other in sorted(alike, key=lambda other: _order(word.word, other.word)):
        chosen.setdefault(other.meaning, other)
    return list(chosen.values())[: len(LETTERS) - 1]


def _near(word: Word, other: Word) -> bool:
    """Whether one could stand for the other, so that a question would have two right answers."""
    same = any({word.word, other.word} <= group for group in _SYNONYMS)
    return same or word.meaning == other.meaning


def _options(right: str, wrong: Sequence[str]) -> tuple[list[str], str]:
    options = sorted((right, *wrong), key=lambda option: _order(right, option))
    return options, LETTERS[options.index(right)]


def _order(seed: str, text: str) -> str:
    """A shuffle that is the same everywhere and always."""
    return hashlib.sha256(f"{seed}\n{text}".encode()).hexdigest()
