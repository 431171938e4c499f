"""Marks and questions by themselves: what is right, what is refused, what progress makes of it."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.data.submissions import Mark
from shared.learning.marking import points_of, score_of
from shared.learning.progress import progress_of
from shared.learning.questions import Question, Questions

_adapter: TypeAdapter[list[Question]] = TypeAdapter(Questions)


def a_question(**fields: Any) -> Question:
    return Question.model_validate({"id": "q1", "type": "cloze", "stem": "x", **fields})


def points(question: Question, given: Any) -> float:
    return points_of([question], {"q1": given})["q1"]


@pytest.mark.parametrize("given", ["It's", "it’s", " IT'S ", "it's.", "ｉｔ's"])
def test_what_does_not_make_a_blank_wrong(given: str) -> None:
    assert points(a_question(answer="it's"), given) == 100


@pytest.mark.parametrize(
    ("given", "expected"),
    [(["a", "c"], 100), (["C", "A"], 100), (["a"], 0), (["a", "b", "c"], 0), ("a", 0), (["d"], 0)],
)
def test_a_choice_of_several_needs_all_and_no_other(given: Any, expected: float) -> None:
    question = a_question(options=["a", "b", "c"], answer=["C", "a"])
    assert question.answer == ["a", "c"]
    assert points(question, given) == expected


def test_an_option_that_is_a_letter_means_itself() -> None:
    question = a_question(options=["B", "A"], answer="A")
    assert points(question, "A") == 100
    assert points(question, "B") == 0


def test_a_score_waits_for_all_points() -> None:
    questions = [a_question(answer="x"), a_question(id="q2", type="writing")]
    marked = points_of(questions, {"q1": "x", "q2": "An essay."})
    assert marked == {"q1": 100}
    assert score_of(questions, marked) is None
    assert score_of(questions, {**marked, "q2": 33.3}) == 66.7


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"answer": "  "}, {"options": ["a"], "answer": "a"},
        {"options": ["a", "a"], "answer": "a"}, {"options": ["a", "b"], "answer": "c"},
        {"type": "writing", "options": ["a", "b"]}, {"type": "Cloze", "answer": "x"},
        {"answer": "x", "stem": "a\x00b"}, {"answer": "x", "stem": " "},
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_marked_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_question(**fields)


def test_questions_get_the_ids_that_are_free() -> None:
    plain = {"type": "cloze", "stem": "x", "answer": "y"}
    named = _adapter.validate_python([plain, {**plain, "id": "q1"}, plain])
    assert [question.id for question in named] == ["q2", "q1", "q3"]
    with pytest.raises(ValidationError):
        _adapter.validate_python([{**plain, "id": "a"}, {**plain, "id": "a"}])
    with pytest.raises(ValidationError):
        _adapter.validate_python([{**plain, "stem": "长" * 19_000} for _ in range(6)])


def test_progress_counts_what_is_being_analysed_and_averages_what_is_marked() -> None:
    common = {"student_id": "s", "submission_id": "x", "submitted_at": "2030-12-08T23:59:59.000Z"}
    marks = [
        Mark(assignment_id="a", type="writing", score=None, **common),
        Mark(assignment_id="b", type="reading", score=70.0, **common),
    ]
    progress = progress_of(marks, 5)
    assert (progress["completed_assignments"], progress["average"]) == (2, 70.0)
    assert progress["by_type"]["writing"] == {"completed": 1, "average": None}
    assert [week["week"] for week in progress["trend"]] == ["2030-12-02"]
