"""Paragraphs out of text whose lines were broken by a page's width."""

import re

from shared.documents.sentences import is_sentence_end

_END_MARK = re.compile(r"[.!?。！？；;:：…][\"'”’」』）)\]]*$")
_STARTS_BLOCK = re.compile(
    r"[-*+•·●▪◦>|#]|```|\d{1,3}[.)、](?:\s|$)|[（(]?[一二三四五六七八九十]{1,3}[)）、.]"
)
_CJK = r"[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]"
_WIDE_END = re.compile(f"{_CJK}$")
_WIDE_START = re.compile(_CJK)
_WIDE_RUN = re.compile(f"{_CJK}+")
_HYPHENATED = re.compile(r"[^\W\d_]-$")
# A line this much shorter than the text's usual ones was ended by its author.
_SHORT = 0.75


def reflow(text: str) -> str:
    """Join wrapped lines; each line of the result is a paragraph, blank lines are dropped."""
    lines = [line.strip() for line in text.split("\n")]
    widths = sorted(_width(line) for line in lines if line)
    if not widths:
        return ""
    full = widths[len(widths) * 4 // 5] * _SHORT
    paragraphs: list[str] = []
    previous = ""
    for line in lines:
        if line and previous and _continues(previous, line, full):
            paragraphs[-1] = join_lines(paragraphs[-1], line)
        elif line:
            paragraphs.append(line)
        previous = line
    return "\n".join(paragraphs)


def ends_sentence(text: str) -> bool:
    """Whether a text's last line closes a sentence."""
    found = _END_MARK.search(text)
    return found is not None and is_sentence_end(text, len(text))


def join_lines(before: str, after: str) -> str:
    """Two pieces of one sentence: no space between CJK, a broken word made whole."""
    if _WIDE_END.search(before) or _WIDE_START.match(after):
        return before + after
    if _HYPHENATED.search(before) and after[:1].islower():
        return before[:-1] + after
    return f"{before} {after}"


def _continues(before: str, line: str, full: float) -> bool:
    if ends_sentence(before) or _STARTS_BLOCK.match(line):
        return False
    return _width(before) >= full or line[0].islower()


def _width(line: str) -> int:
    """Columns on a page: CJK characters take two."""
    if line.isascii():
        return len(line)
    return len(line) + sum(map(len, _WIDE_RUN.findall(line)))
