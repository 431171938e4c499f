"""Picking the sentences of a text that answer a question, by the words they share.

Words are lower-cased and crudely stemmed; Chinese is taken as bigrams, with single characters as
weak evidence. Rare words weigh more than common ones (inverse document frequency over the
sentences at hand).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log, sqrt

_HAN = r"\u3400-\u9fff"
_TOKEN = re.compile(rf"[A-Za-z0-9]+(?:[-_.'][A-Za-z0-9]+)*|[{_HAN}]+")
_END = re.compile(r"(?<=[。！？；!?;])(?![。！？；!?;”’」』）)])|(?<=[.])(?=\s)")
_MARKUP = re.compile(r"^[\s#>*\-+|•·]+|[\s|]+$")
_WRAPPED_LINE = 20
_CHARACTER_WEIGHT = 0.25
_MAX_SENTENCE = 320


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STOP_WORDS = _words(
    "a an and are as at be by can could did do does for from had has have how i in is it its me"
    " my of on or our please shall should tell that the their there these this to was we were"
    " what what's when where which who whom whose why will with would you your about any many much"
)
_STOP_CHARACTERS = frozenset(
    "的了是在有我你他她它们这那和与及或吗呢啊吧么什怎多少几何哪谁请问会能可以要"
)
_STOP_BIGRAMS = _words(
    "什么 怎么 怎样 多少 如何 请问 是否 哪些 哪个 哪里 可以 我们 你们 他们 一下 为什 有什 是什"
    " 么样 的是 告诉 诉我 一个 这个 那个 没有 有没 多久 介绍 绍一"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it came from: `origin` is the caller's number of the text."""

    text: str
    origin: int
    position: int


def split_sentences(text: str, origin: int = 0) -> list[Sentence]:
    """The sentences of a text: its wrapped lines joined, list marks and rules left out."""
    parts = (part for line in _logical_lines(text) for part in _END.split(line))
    cleaned = (_MARKUP.sub("", part) for part in parts)
    spoken = (part for part in cleaned if any(character.isalnum() for character in part))
    return [Sentence(part, origin, position) for position, part in enumerate(spoken)]


def best_sentences(question: str, sentences: Sequence[Sentence], most: int = 3) -> list[Sentence]:
    """At most `most` sentences that answer best, in reading order; none where nothing fits.

    A question or a heading that fits is not an answer by itself: what follows it comes along.
    """
    terms = weigh(question)
    if not terms:
        return []
    found = [weigh(sentence.text) for sentence in sentences]
    rarity = _rarity(terms, found)
    whole = sum(terms[term] * rarity[term] for term in terms)
    scores = [_score(terms, words, rarity) for words in found]
    best = max(scores, default=0.0)
    if best < 0.15 * whole / sqrt(max(1.0, whole)):
        return []
    ranked = sorted(range(len(sentences)), key=lambda index: (-scores[index], index))
    chosen = [index for index in ranked[:most] if scores[index] >= 0.45 * best]
    return _in_order(sentences, chosen, most)


def weigh(text: str) -> dict[str, float]:
    """The terms of a text with their weights."""
    terms: dict[str, float] = {}
    for token in _TOKEN.findall(text):
        if token[0] < "\u3400":
            terms.update(_latin_terms(token.lower()))
        else:
            terms.update(_han_terms(token))
    return terms


def _logical_lines(text: str) -> Iterable[str]:
    """Lines as they were meant: a line that was only wrapped goes on in the next."""
    current = ""
    for line in text.splitlines():
        stripped = line.strip()
        if current and stripped and _goes_on(current, stripped):
            current += stripped if _is_han(current[-1]) else f" {stripped}"
            continue
        yield current
        current = stripped
    yield current


def _goes_on(line: str, following: str) -> bool:
    if len(line) < _WRAPPED_LINE or line.startswith(("#", "|")):
        return False
    if line[-1] == "，" or _is_han(line[-1]):
        return _is_han(following[0])
    return line[-1] not in ".!?:;。！？：；" and following[0].islower()


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def _latin_terms(word: str) -> dict[str, float]:
    if word in _STOP_WORDS:
        return {}
    parts = re.split(r"[-_.']", word)
    terms = {_stem(part): 0.6 for part in parts if len(part) > 1} if len(parts) > 1 else {}
    return {**terms, _stem(word): 1.0}


def _stem(word: str) -> str:
    for ending, instead in (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", "")):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return word[: -len(ending)] + instead
    plural = word.endswith("s") and not word.endswith("ss") and len(word) > 3
    return (word[:-1] if plural else word).rstrip("e") or word


def _han_terms(run: str) -> dict[str, float]:
    characters = {
        character: _CHARACTER_WEIGHT for character in run if character not in _STOP_CHARACTERS
    }
    bigrams = (run[index : index + 2] for index in range(len(run) - 1))
    return characters | {bigram: 1.0 for bigram in bigrams if bigram not in _STOP_BIGRAMS}


def _rarity(terms: Iterable[str], found: Sequence[dict[str, float]]) -> dict[str, float]:
    spread = Counter(term for words in found for term in words)
    return {term: log(1 + (1 + len(found)) / (1 + spread[term])) for term in terms}


def _score(terms: dict[str, float], words: dict[str, float], rarity: dict[str, float]) -> float:
    shared = sum(weight * rarity[term] for term, weight in terms.items() if term in words)
    return shared / (1 + log(1 + len(words) / 40)) if shared else 0.0


def _in_order(sentences: Sequence[Sentence], chosen: list[int], most: int) -> list[Sentence]:
    picked: list[int] = []
    for index in chosen:
        if index not in picked:
            picked.append(index)
        if _needs_what_follows(sentences, index) and index + 1 not in picked:
            picked.append(index + 1)
    kept = sorted(picked[: most + 1])
    return [_shortened(sentences[index]) for index in kept]


def _needs_what_follows(sentences: Sequence[Sentence], index: int) -> bool:
    here = sentences[index].text
    if index + 1 >= len(sentences) or sentences[index + 1].origin != sentences[index].origin:
        return False
    return here[-1] in "?？:：" or (len(here) < 24 and here[-1].isalnum())


def _shortened(sentence: Sentence) -> Sentence:
    if len(sentence.text) <= _MAX_SENTENCE:
        return sentence
    return Sentence(sentence.text[:_MAX_SENTENCE] + "…", sentence.origin, sentence.position)
