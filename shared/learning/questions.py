"""The form of a question (contract learning.md, Results) and what makes one good."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from shared.core.errors import WrongField
from shared.core.text import Text

WRITTEN: Final = frozenset({"writing", "translation"})
MOST_QUESTIONS: Final = 200
LARGEST_BYTES: Final = 300_000
"""Of all questions of an assignment as JSON: it is one item of DynamoDB, which holds 400 KB."""
MEDIUM: Final = "medium"
LETTERS: Final = "ABCDEFGHIJ"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_CONTROLS = Text("不能含有控制字符", "must not have control characters")
_ANSWER_MISSING = Text("选择题和填空题必须有答案", "is required where no model reads it")
_NOT_AN_OPTION = Text("应为选项之一", "must be one of options, or its letter")
_OPTIONS_TWICE = Text("不能重复，且至少两个", "must be different and at least two")
_OPTIONS_WRITTEN = Text("写作和翻译题没有选项", "do not go with writing and translation")
_IDS_TWICE = Text("题目 id 不能重复", "must have different ids")
_TOO_LARGE = Text("题目总长度过大", "are too long together")


def _plain(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _CONTROL.search(text):
        raise ValueError(_CONTROLS)
    return text


def _as_text(value: Any) -> Any:
    return str(value) if type(value) is int else value


def _medium(text: str) -> str:
    return text or MEDIUM


def _not_blank(text: str) -> str:
    if not text:
        raise ValueError(Text("不能为空", "must not be blank"))
    return text


_Stem = Annotated[
    str, AfterValidator(_plain), AfterValidator(_not_blank),
    StringConstraints(max_length=20_000),
]  # fmt: skip
_Short = Annotated[
    str, AfterValidator(_plain), AfterValidator(_not_blank),
    StringConstraints(max_length=1_000),
]  # fmt: skip
_Reference = Annotated[str, AfterValidator(_plain), StringConstraints(max_length=10_000)]
_Explanation = Annotated[str, AfterValidator(_plain), StringConstraints(max_length=5_000)]
_Topic = Annotated[str, AfterValidator(_plain), StringConstraints(max_length=200)]
_Difficulty = Annotated[
    str, BeforeValidator(_as_text), AfterValidator(_plain), AfterValidator(_medium),
    StringConstraints(max_length=20),
]  # fmt: skip


class RubricLine(BaseModel):
    """What points of a written answer are given for."""

    model_config = ConfigDict(extra="forbid")

    line: _Short
    points: Annotated[int, Field(ge=1, le=100, strict=True)]


class Question(BaseModel):
    """One question.

    `type` says what it trains (reading, vocabulary, …). With `options` it is a choice: `answer` is
    the right option, or the list of all that must be chosen; a letter stands for its option.
    Without options it is a blank to fill: `answer` is what is right, or a list of what is accepted.
    Of type writing or translation it is written: a model reads it, `answer` is for reference.
    """

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""
    type: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")]
    stem: _Stem
    options: Annotated[list[_Short], Field(max_length=len(LETTERS))] = []
    answer: _Reference | Annotated[list[_Short], Field(max_length=20)] = ""
    explanation: _Explanation = ""
    difficulty: _Difficulty = MEDIUM
    topic: _Topic = ""
    rubric: Annotated[list[RubricLine], Field(max_length=20)] = []

    @property
    def is_written(self) -> bool:
        """Whether a model has to read its answers."""
        return self.type in WRITTEN

    @property
    def answers(self) -> list[str]:
        """What is right: all of it for a choice, any of it for a blank."""
        given = self.answer if isinstance(self.answer, list) else [self.answer]
        return [text for text in given if text]

    @model_validator(mode="after")
    def _consistent(self) -> "Question":
        if self.is_written:
            return self._written()
        found = list(dict.fromkeys(self.answers))
        if not found:
            raise WrongField("answer", _ANSWER_MISSING)
        if self.options:
            found = self._chosen(found)
        self.answer = found[0] if len(found) == 1 else found
        return self

    def _written(self) -> "Question":
        if self.options:
            raise WrongField("options", _OPTIONS_WRITTEN)
        self.answer = "\n".join(self.answers)
        return self

    def _chosen(self, answers: Sequence[str]) -> list[str]:
        if len(self.options) < 2 or len(set(self.options)) < len(self.options):
            raise WrongField("options", _OPTIONS_TWICE)
        chosen = {option_of(self.options, answer) for answer in answers}
        if None in chosen:
            raise WrongField("answer", _NOT_AN_OPTION)
        return [option for option in self.options if option in chosen]


def option_of(options: Sequence[str], given: str) -> str | None:
    """The option that is meant by its text or, where no option has it as text, by its letter."""
    text = given.strip()
    if text in options:
        return text
    number = LETTERS.find(text.upper()) if len(text) == 1 else -1
    return options[number] if 0 <= number < len(options) else None


def _checked(questions: list[Question]) -> list[Question]:
    """Questions with ids, all different; those that came without are numbered q1, q2, …."""
    taken = {question.id for question in questions}
    free = (f"q{number}" for number in range(1, 2 * len(questions) + 1))
    names = (name for name in free if name not in taken)
    for question in questions:
        question.id = question.id or next(names)
    if len({question.id for question in questions}) < len(questions):
        raise ValueError(_IDS_TWICE)
    if sum(len(question.model_dump_json().encode()) for question in questions) > LARGEST_BYTES:
        raise ValueError(_TOO_LARGE)
    return questions


Questions = Annotated[
    list[Question], Field(min_length=1, max_length=MOST_QUESTIONS), AfterValidator(_checked)
]
"""The questions of an assignment or of a file."""


def stored_form(questions: Sequence[Question]) -> tuple[dict[str, Any], ...]:
    """Questions as plain JSON, with their answers."""
    return tuple(question.model_dump(mode="json") for question in questions)


def without_answers(question: dict[str, Any]) -> dict[str, Any]:
    """A stored question as a student sees it before having submitted."""
    hidden = {"answer", "explanation"}
    return {name: value for name, value in question.items() if name not in hidden}
