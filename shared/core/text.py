"""Texts for people: Chinese first, English second (contract common.md, `Accept-Language`)."""

from functools import lru_cache
from typing import Literal, NamedTuple

Language = Literal["zh", "en"]


class Text(NamedTuple):
    """One sentence in both languages; `format` fills the same fields in each."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        """The sentence in that language."""
        return self.zh if language == "zh" else self.en

    def fill(self, **fields: object) -> "Text":
        """The sentence with its `{fields}` filled in."""
        return Text(self.zh.format(**fields), self.en.format(**fields))


@lru_cache(maxsize=256)  # browsers send a handful of headers
def choose_language(accept_language: str) -> Language:
    """The first of zh and en that the header prefers; zh where it names neither."""
    best: tuple[float, Language] = (0.0, "zh")
    for part in accept_language.lower().split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = _weight(parameters)
        if tag[:2] == "en" and weight > best[0]:
            best = (weight, "en")
        elif tag[:2] == "zh" and weight > best[0]:
            best = (weight, "zh")
    return best[1]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
