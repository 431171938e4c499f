"""Where a sentence ends, in Chinese and in Latin scripts."""

import re
from functools import lru_cache

_CLOSERS = r"[\"'”’」』）)\]]*"
_END = rf"\n|[。！？…]{_CLOSERS}|[.!?]{_CLOSERS}(?=\s|$)"
_CLAUSE = r"[，；：、]|[,;:](?=\s)"
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|vs|etc|e\.g|i\.e|cf|al|approx|Fig|Figs|No|Nos"
    r"|Eq|Sec|Ch|Vol|pp?|ed|eds|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.$"
)
_LONGEST_ABBREVIATION = 10


def is_sentence_end(text: str, end: int) -> bool:
    """Whether the end mark just before `end` closes a sentence: no abbreviation, no initial."""
    if text[end - 1] != ".":
        return True
    if _ABBREVIATION.search(text, max(0, end - _LONGEST_ABBREVIATION), end):
        return False
    following = text[end : end + 2].strip()
    return not following[:1].islower()


def last_sentence_end(text: str, start: int, limit: int) -> int:
    """The furthest end of a sentence within `limit` characters from `start`, 0 when none."""
    while limit > 0:
        found = _within(_END, limit).match(text, start)
        if found is None:
            return 0
        if is_sentence_end(text, found.end()):
            return found.end()
        limit = found.end() - start - 1
    return 0


def first_sentence_end(text: str) -> int:
    """The end of the first sentence, 0 when the text has none."""
    return next((m.end() for m in re.finditer(_END, text) if is_sentence_end(text, m.end())), 0)


def last_clause_end(text: str, start: int, limit: int) -> int:
    """For a sentence longer than `limit`: the furthest clause end, else space, else the limit."""
    for pattern in (_CLAUSE, r"\s"):
        found = _within(pattern, limit).match(text, start, start + limit + 1)
        if found is not None and found.end() - start > limit // 2:
            return found.end()
    return start + limit


def last_line_end(text: str, start: int, limit: int) -> int:
    """The furthest line end within `limit` characters from `start`, 0 when none."""
    return text.rfind("\n", start, start + limit + 1) + 1


@lru_cache(maxsize=2048)
def _within(ending: str, limit: int) -> re.Pattern[str]:
    return re.compile(rf".{{0,{limit - 1}}}(?:{ending})", re.DOTALL)
