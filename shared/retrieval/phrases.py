"""The exact words of a question count more than their pieces.

Bigrams and parts of codes find a passage whose pieces are scattered as well as the one that has
the phrase; the best few are looked at once more.
"""

from collections.abc import Sequence

from shared.retrieval.tokenizer import SHORTEST_PHRASE, normalize, query_phrases
from shared.retrieval.view import Hit, View

_LOOKED_AT = 24
_BONUS = 0.3


def prefer_phrases(view: View, hits: Sequence[Hit], question: str) -> list[Hit]:
    """The hits with those in front that have the question's phrases; scores stay within 0–1."""
    phrases = query_phrases(question)
    if not phrases or len(hits) < 2:
        return list(hits)
    judged = [_judged(view, hit, phrases) for hit in hits[:_LOOKED_AT]]
    judged.sort(key=lambda hit: -hit.score)
    return [*judged, *hits[_LOOKED_AT:]]


def _judged(view: View, hit: Hit, phrases: Sequence[str]) -> Hit:
    text = normalize(view.record(hit.chunk).text)
    found = sum(_share_found(phrase, text) for phrase in phrases) / len(phrases)
    return Hit(hit.chunk, hit.score + _BONUS * found * (1 - hit.score))


def _share_found(phrase: str, text: str) -> float:
    """How much of a phrase stands in the text in one piece; of a code all or nothing."""
    if phrase in text:
        return 1.0
    if phrase.isascii():
        return 0.0
    longest = 0
    for end in range(1, len(phrase) + 1):
        # Each end either lengthens the longest piece by one or moves it on.
        if phrase[end - longest - 1 : end] in text:
            longest += 1
    return longest / len(phrase) if longest >= SHORTEST_PHRASE else 0.0
