"""Words and language of a text, from its script and its smallest words."""

import re
from collections import Counter
from collections.abc import Iterator

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_WORD = re.compile(r"\w\S*")
_SCRIPTS = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7a3]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SMALL_WORDS = {
    "en": _words("the and of to in is that for it with as on are this be by or not"),
    "fr": _words("le la les des et une est dans pour que qui pas sur du au avec"),
    "de": _words("der die das und ist nicht ein eine den mit von zu auf im für sich"),
    "es": _words("el los las una que del por con para es se como su al más"),
    "pt": _words("os as uma que não com para por do da em dos mais como é"),
    "it": _words("il gli che di una per con non sono del della è nel si"),
}
# Lists of all words of a hundred megabytes would take a gigabyte.
_PIECE = 1_000_000
_SAMPLE_CHARS = 20_000
# A Han character says about as much as a word of five letters.
_HAN_WEIGHT = 4
_SCRIPT_SHARE = 0.2


class Statistics:
    """Counts words as sections go by and keeps a sample to tell the language from."""

    def __init__(self) -> None:
        self.words = 0
        self._sample: list[str] = []
        self._sampled = 0

    def add(self, text: str) -> None:
        """Count a text: words between spaces, each Han character one word."""
        self.words += sum(map(_count_words, _pieces(text)))
        if self._sampled < _SAMPLE_CHARS:
            self._sample.append(text[: _SAMPLE_CHARS - self._sampled])
            self._sampled += len(self._sample[-1])

    @property
    def language(self) -> str | None:
        """ISO 639-1 code, None when nothing tells."""
        return detect_language("\n".join(self._sample))


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        space = text.find(" ", start + _PIECE)
        end = space if space >= 0 else len(text)
        yield text[start:end]
        start = end


def _count_words(text: str) -> int:
    if text.isascii():
        return len(text.split())
    runs = _HAN.findall(text)
    return sum(map(len, runs)) + len(_WORD.findall(_HAN.sub(" ", text)))


def detect_language(text: str) -> str | None:
    """ISO 639-1 code of a text's main language, None when nothing tells."""
    letters = sum(map(str.isalpha, text))
    if not letters:
        return None
    for code, script in _SCRIPTS.items():
        if len(script.findall(text)) >= letters * _SCRIPT_SHARE:
            return code
    han = sum(map(len, _HAN.findall(text)))
    if han * _HAN_WEIGHT >= letters - han:
        return "zh"
    words = Counter(text.lower().split())
    votes = {code: sum(words[word] for word in small) for code, small in _SMALL_WORDS.items()}
    best = max(votes, key=lambda code: votes[code])
    return best if votes[best] else "en"
