"""Marking of what has a right answer: the same answers always get the same points."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from shared.learning.questions import Question, option_of

FULL: Final = 100.0
Answer = str | list[str]
_SAME = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "—": "-", "–": "-"})


def points_of(questions: Sequence[Question], answers: Mapping[str, Answer]) -> dict[str, float]:
    """0 or 100 of each question that needs no model: an unanswered one has 0, a written one too."""
    points: dict[str, float] = {}
    for question in questions:
        given = _texts(answers.get(question.id, ""))
        if not given:
            points[question.id] = 0.0
        elif not question.is_written:
            points[question.id] = FULL if is_right(question, given) else 0.0
    return points


def is_right(question: Question, given: Sequence[str]) -> bool:
    """Whether that is the answer: exactly the right options, or one of the accepted texts."""
    if question.options:
        chosen = [option_of(question.options, text) for text in given]
        return set(chosen) == set(question.answers)
    accepted = {comparable(text) for text in question.answers}
    return len(given) == 1 and comparable(given[0]) in accepted


def comparable(text: str) -> str:
    """A text without what does not make an answer wrong: case, width, quotes, spaces, full stop."""
    plain = unicodedata.normalize("NFKC", text).translate(_SAME).casefold()
    return " ".join(plain.split()).rstrip(" .。")


def score_of(questions: Sequence[Question], points: Mapping[str, float]) -> float | None:
    """The mean of all points, 0–100 with one decimal; None while a question has none."""
    if any(question.id not in points for question in questions):
        return None
    return round(sum(points[question.id] for question in questions) / len(questions), 1)


def _texts(given: Answer) -> list[str]:
    texts = [given] if isinstance(given, str) else given
    return [text for text in texts if text.strip()]
