"""The part of a passage that a source shows: the sentences closest to the question."""

import re

from shared.retrieval.tokenizer import query_words

LONGEST_SNIPPET = 300
_SENTENCE = re.compile(r"[^。！？!?\n]+?(?:[。！？!?]+|\.(?=\s)|\n|$)")


def snippet(text: str, question: str) -> str:
    """At most 300 characters of `text`, from the sentence that shares most with the question."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    flat = "\n".join(filter(None, lines))  # a row of a table ends like a sentence
    if len(flat) <= LONGEST_SNIPPET:
        return flat.replace("\n", " ")
    words = query_words(question)
    lowered = flat.lower()

    def closeness(sentence: re.Match[str]) -> tuple[int, int]:
        """What the snippet would share with the question, then what the sentence itself does."""
        start, end = sentence.span()
        window = lowered[start : start + LONGEST_SNIPPET]
        own = lowered[start:end]
        return sum(word in window for word in words), sum(word in own for word in words)

    best = max(_SENTENCE.finditer(flat), key=closeness, default=None)
    start = best.start() if best else 0
    rest = flat[start:].strip().replace("\n", " ")
    if len(rest) <= LONGEST_SNIPPET:
        return rest
    return rest[: LONGEST_SNIPPET - 1].rstrip() + "…"
