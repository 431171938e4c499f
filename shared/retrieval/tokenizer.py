"""Text to terms: words, product codes whole and in parts, CJK bigrams and single characters.

A term is a 64-bit number, so an index holds no strings and merging two is arithmetic:
a CJK term is its one or two code points, a word is a hash with the top bit set.
"""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

CJK_RANGES = (
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
"""Kana, Han and Hangul: scripts without spaces, or with words that change at their end."""

BIGRAM_SHIFT = 21
"""Code points have 21 bits: a bigram is `first << 21 | second`, a single character itself."""

SHORTEST_PHRASE = 3
"""Characters; two are a bigram, which a term finds already."""

_CJK = "".join(f"{chr(first)}-{chr(last)}" for first, last in CJK_RANGES)
_CJK_RUN = re.compile(f"[{_CJK}]+")
_LETTERS = rf"[^\W_{_CJK}]+"
_WORD = re.compile(rf"{_LETTERS}(?:[-_./:&@'’·]{_LETTERS})*[+#]*")
_PART = re.compile(r"\d+|[^\W\d_]+")
_SEPARATORS = str.maketrans("", "", "-_/:&@'’·")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_WORD_BIT = 1 << 63

_STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be but by can could did do does for from had has have how i if in is "
        "it its me my of on or our shall should so that the their them then there these they "
        "this to was we were what when where which who why will with would you your please",
    )
)
# Question words and particles: without them the bigrams of a Chinese question are its content.
_CHINESE_FILLERS = re.compile(
    "请问|什么|怎么样?|怎样|如何|为何|多少|哪些|哪个|哪里|是否|能否|可否|可以|有没有|是不是|告诉我|吗|呢|的|了|吧|啊|是"
)


def normalize(text: str) -> str:
    """Full-width forms to half-width, lower case, no thousands separators."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.lower()
    return _THOUSANDS.sub("", text) if "," in text else text


def text_words(normal: str) -> list[str]:
    """The words and codes of a normalized text, CJK left out."""
    return _WORD.findall(normal)


def query_terms(question: str) -> list[int]:
    """The different terms of a question, without stop words unless there is nothing else."""
    normal = normalize(question)
    terms = [*_content_words(normal), *_content_cjk(normal)]
    return list(dict.fromkeys(terms))


def query_words(question: str) -> list[str]:
    """What to look for in a text shown as the answer: words, and two-character pieces of CJK."""
    normal = normalize(question)
    words = [word for word in text_words(normal) if word not in _STOP_WORDS]
    runs = _CJK_RUN.findall(_CHINESE_FILLERS.sub(" ", normal))
    return [*words, *(run[at : at + 2] for run in runs for at in range(max(1, len(run) - 1)))]


def query_phrases(question: str) -> list[str]:
    """The parts of a normalized question to be looked for as they are.

    CJK runs of at least three characters between fillers, and words with digits or separators.
    """
    normal = normalize(question)
    runs = _CJK_RUN.findall(_CHINESE_FILLERS.sub(" ", normal))
    codes = [word for word in text_words(normal) if not word.isalpha()]
    return [*codes, *(run for run in runs if len(run) >= SHORTEST_PHRASE)]


@lru_cache(maxsize=100_000)
def word_terms(word: str) -> tuple[int, ...]:
    """A word's terms: itself without separators and plural ending, and the parts of a code."""
    if word.isalpha():
        return (_word_term(_stem(word)),)
    whole = word.translate(_SEPARATORS)
    return tuple(
        _word_term(name) for name in dict.fromkeys([whole, *map(_stem, _PART.findall(word))])
    )


def _content_words(normal: str) -> list[int]:
    words = text_words(normal)
    kept = [word for word in words if word not in _STOP_WORDS] or words
    return [term for word in kept for term in word_terms(word)]


def _content_cjk(normal: str) -> list[int]:
    content = _CHINESE_FILLERS.sub(" ", normal)
    runs = _CJK_RUN.findall(content) or _CJK_RUN.findall(normal)
    return [term for run in runs for term in _run_terms(run)]


def _run_terms(run: str) -> list[int]:
    """Bigrams of a run; a lone character is a term of its own."""
    points = [ord(char) for char in run]
    if len(points) == 1:
        return points
    return [a << BIGRAM_SHIFT | b for a, b in pairwise(points)]


def _stem(word: str) -> str:
    """English plural to singular (Harman's S stemmer); other words unchanged."""
    if len(word) < 4 or word[-1] != "s" or word[-2] in "us":
        return word
    if word.endswith("ies"):
        return word if word[-4] in "ea" else word[:-3] + "y"
    if word.endswith("es") and word[-3] in "aeo":
        return word
    return word[:-1]


def _word_term(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") | _WORD_BIT
