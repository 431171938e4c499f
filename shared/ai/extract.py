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
_END = re.compile(r"(?<=[。！？!?])(?![。！？!?”’」』）)])|(?<=[.])(?=\s)")
_MARKUP = re.compile(r"^[\s#>*\-+|•·]+|[\s|]+$")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
# Where a new point begins, whatever stands before it.
_POINT = re.compile(r"第.{1,5}[章节条款]|[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]|[#>*\-+•·|]")
_WRAPPED_LINE = 20
# Tried on questions about a Chinese policy and an English handbook.
_HEADING_WEIGHT = 0.6  # it names a matter, and seldom says anything of it
_CHARACTER_WEIGHT = 0.25  # beside 1 of a bigram or word
_PARTS_WEIGHT = 0.5  # of `PB-P3-PRO`, all parts together
_KNOWN = 0.55  # what a term is still worth once a chosen sentence has it
_LEAST_SHARE = 0.12  # of the question, for the first sentence
_LEAST_GAIN = 0.4  # of the first sentence's score, for the others
_MAX_SENTENCE = 320


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STOP_WORDS = _words(
    "a an and are as at be by can could did do does for from had has have how i in is it its me"
    " my of on or our please shall should tell that the their there these this to was we were"
    " what what's mean means when where which who whom whose why will with would you your about"
    " any many much"
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

    Each next sentence is judged by what it adds to those chosen before. A question or a heading
    that fits is not an answer by itself: what follows it comes along.
    """
    terms = weigh(question)
    if not terms:
        return []
    found = [weigh(sentence.text) for sentence in sentences]
    rarity = _rarity(terms, found)
    values = {term: terms[term] * rarity[term] for term in terms}
    coverage = _coverage(values, sentences, found)
    bearings = [_bearing(sentence, coverage) for sentence in sentences]
    whole = sum(values.values())
    least = _LEAST_SHARE * whole / sqrt(max(1.0, whole))
    chosen: list[int] = []
    while len(chosen) < most:
        scores = [
            _score(values, words) * bearing for words, bearing in zip(found, bearings, strict=True)
        ]
        best = max(scores, default=0.0)
        if best < least:
            break
        if not chosen:
            least = _LEAST_GAIN * best
        index = scores.index(best)
        chosen.append(index)
        bearings[index] = 0.0
        values = {t: v * (_KNOWN if t in found[index] else 1.0) for t, v in values.items()}
    return _in_order(sentences, chosen, most)


def weigh(text: str) -> dict[str, float]:
    """The terms of a text with their weights."""
    terms: dict[str, float] = {}
    for token in _TOKEN.findall(_THOUSANDS.sub("", text)):
        if token[0] < "\u3400":
            terms.update(_latin_terms(token.lower()))
        else:
            terms.update(_han_terms(token))
    return terms


def _logical_lines(text: str) -> Iterable[str]:
    """Lines as they were meant: a line that was only wrapped goes on in the next."""
    current, last = "", ""
    for line in text.splitlines():
        stripped = line.strip()
        if current and stripped and _goes_on(last, stripped):
            current += stripped if _is_han(current[-1]) else f" {stripped}"
        else:
            yield current
            current = stripped
        last = stripped
    yield current


def _goes_on(line: str, following: str) -> bool:
    """Whether the line was wrapped: long, unfinished, and no row of a table."""
    if len(line) < _WRAPPED_LINE or "|" in line or _POINT.match(following):
        return False
    if line[-1] == "，" or _is_han(line[-1]):
        return _is_han(following[0])
    return line[-1] not in ".!?:;。！？：；" and following[0].islower()


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def _latin_terms(word: str) -> dict[str, float]:
    if word in _STOP_WORDS:
        return {}
    parts = [part for part in re.split(r"[-_.']", word) if len(part) > 1]
    terms = {_stem(part): _PARTS_WEIGHT / len(parts) for part in parts} if parts != [word] else {}
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


def _score(values: dict[str, float], words: dict[str, float]) -> float:
    shared = sum(value for term, value in values.items() if term in words)
    return shared / (1 + log(1 + len(words) / 40)) if shared else 0.0


def _coverage(
    values: dict[str, float], sentences: Sequence[Sentence], found: Sequence[dict[str, float]]
) -> dict[int, float]:
    """Which part of the question each text speaks of, 0 to 1."""
    spoken: dict[int, set[str]] = {}
    for sentence, words in zip(sentences, found, strict=True):
        spoken.setdefault(sentence.origin, set()).update(words.keys() & values.keys())
    whole = sum(values.values())
    return {origin: sum(values[t] for t in terms) / whole for origin, terms in spoken.items()}


def _bearing(sentence: Sentence, coverage: dict[int, float]) -> float:
    """A sentence means more where its text is about the question, less as a mere heading."""
    weight = _HEADING_WEIGHT if _is_heading(sentence.text) else 1.0
    return weight * (0.5 + 0.5 * coverage[sentence.origin])


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
    return here[-1] in "?？:：" or _is_heading(here)


def _is_heading(text: str) -> bool:
    return len(text) < 24 and text[-1].isalnum()


def _shortened(sentence: Sentence) -> Sentence:
    if len(sentence.text) <= _MAX_SENTENCE:
        return sentence
    return Sentence(sentence.text[:_MAX_SENTENCE] + "…", sentence.origin, sentence.position)
