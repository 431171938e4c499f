"""The part of a passage that a source shows: the sentences closest to the question."""

import re

from shared.retrieval.tokenizer import query_words

LONGEST_SNIPPET = 300
_SENTENCE = re.compile(r"[^。！？!?\n]+?(?:[。！？!?]+|\.(?=\s)|\n|$)")


def snippet(text: str, question: str) -> str:
    """At most 300 characters of `text`, from the sentence that shares most with the question."""
    flat = " ".join(text.split())
    if len(flat) <= LONGEST_SNIPPET:
        return flat
    words = query_words(question)
    sentences = list(_SENTENCE.finditer(flat))
    lowered = flat.lower()

    def shared(start: int) -> int:
        return sum(word in lowered[start : start + LONGEST_SNIPPET] for word in words)

    start = max((match.start() for match in sentences), key=shared, default=0)
    part = flat[start : start + LONGEST_SNIPPET].strip()
    if start + LONGEST_SNIPPET >= len(flat):
        return part
    return part[: LONGEST_SNIPPET - 1].rstrip() + "…"
