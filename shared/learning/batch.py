"""A batch of questions: the form each must have, and that no two are the same."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

CHOICE_TYPES = frozenset({"vocabulary", "cloze", "reading", "listening"})
LETTERS = "ABCD"
OF_A_PART = 10
"""Questions that are asked for at once."""
SAME_MEANING = 0.95
"""Two stems whose vectors have at least this cosine ask the same."""
BLANK = "____"

_BESIDE = re.compile(r"[\W_]+")
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class Drafted(BaseModel):
    """A question as a model or a rule gives it."""

    model_config = ConfigDict(extra="ignore")

    stem: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2500)]
    options: Annotated[list[Short], Field(max_length=4)] = []
    answer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2500)]
    explanation: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)
    ]

    @model_validator(mode="after")
    def _has_one_answer(self) -> Self:
        if not self.options:
            return self
        if len({normal(option) for option in self.options}) != len(LETTERS):
            raise ValueError("options must be four different texts")
        if self.answer not in LETTERS:
            raise ValueError("answer must be one letter, A to D")
        return self


class DraftedBatch(BaseModel):
    """What one part of a batch is answered with."""

    questions: Annotated[list[Drafted], Field(min_length=1, max_length=2 * OF_A_PART)]


def check_type(kind: str, batch: DraftedBatch) -> None:
    """Raises ValueError where the questions are not of that type."""
    for number, question in enumerate(batch.questions):
        if bool(question.options) != (kind in CHOICE_TYPES):
            wanted = "four options" if kind in CHOICE_TYPES else "no options"
            raise ValueError(f"questions.{number}.options: {kind} needs {wanted}")
        if kind == "cloze" and BLANK not in question.stem:
            raise ValueError(f"questions.{number}.stem: a cloze has a blank, written {BLANK}")


def normal(text: str) -> str:
    """A text as it is compared: width, case, marks and spaces make no difference."""
    return _BESIDE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def distinct(questions: Iterable[Drafted]) -> list[Drafted]:
    """The questions without those whose words were asked before."""
    seen: dict[str, Drafted] = {}
    for question in questions:
        seen.setdefault(normal(question.stem) or question.stem, question)
    return list(seen.values())


def distinct_in_meaning(
    questions: Sequence[Drafted], vectors: Sequence[Sequence[float]]
) -> list[Drafted]:
    """The questions without those that ask what an earlier one asks."""
    kept: list[tuple[Drafted, Sequence[float]]] = []
    for question, vector in zip(questions, vectors, strict=True):
        if all(_cosine(vector, other) < SAME_MEANING for _, other in kept):
            kept.append((question, vector))
    return [question for question, _ in kept]


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    length = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / length if length else 0.0
