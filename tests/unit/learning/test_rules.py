"""What is made by rule, and the checks that everything made has to pass."""

import pytest

from shared.learning.batch import Drafted, DraftedBatch, check_type, distinct, distinct_in_meaning
from shared.learning.prompts import prompt
from shared.learning.rule_analysis import analysis_by_rule
from shared.learning.rule_questions import questions_by_rule
from shared.learning.words import passages, words

RUBRIC = [{"line": "语言", "points": 10}]


def drafted(stem: str) -> Drafted:
    return Drafted(stem=stem, options=[*"wxyz"], answer="A", explanation="因为")


@pytest.mark.parametrize(("kind", "number"), [("vocabulary", 240), ("cloze", 120), ("reading", 16)])
def test_all_that_can_be_made_is_sound_and_distinct(kind: str, number: int) -> None:
    made = [draft for draft, _ in questions_by_rule(kind, "medium", "", 0, 1000)]
    assert len(made) == len(distinct(made)) == number
    for question in made:
        check_type(kind, DraftedBatch(questions=[question]))


def test_the_asked_difficulty_and_topic_come_first() -> None:
    assert {level for _, level in questions_by_rule("cloze", "hard", "", 0, 10)} == {"hard"}
    first, _ = questions_by_rule("reading", "hard", "Sleep and health", 0, 1)[0]
    assert "Sleep researchers" in first.stem


def test_words_stand_in_their_sentences_once_and_passages_have_four_questions() -> None:
    for word in words():
        assert word.sentence.lower().count(word.word) == 1, word.word
        assert word.difficulty in ("easy", "medium", "hard")
    assert all(len(passage.questions) == 4 for passage in passages())


def test_stems_that_differ_in_marks_case_and_width_are_the_same() -> None:
    kept = distinct([drafted("I can, too."), drafted("i CAN too"), drafted("I cannot too")])
    assert [question.stem for question in kept] == ["I can, too.", "I cannot too"]


def test_stems_of_the_same_meaning_are_asked_once() -> None:
    asked = [drafted("one"), drafted("two"), drafted("three")]
    kept = distinct_in_meaning(asked, [[1, 0], [0.99, 0.01], [0, 1]])
    assert [question.stem for question in kept] == ["one", "three"]


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("She want a pen.", "She want", "She wants"),
        ("People is kind.", "People is", "People are"),
        ("The the cat sat.", "The the", "The"),
        ("You should to go.", "should to go", "should go"),
        ("It is more better.", "more better", "better"),
        ("Although it rained, but we went.", "Although it rained, but", "although it rained,"),
        ("My enviroment.", "enviroment", "environment"),
        ("hello there.", "hello", "Hello"),
    ],
)
def test_plain_slips_are_found(text: str, wrong: str, right: str) -> None:
    errors = analysis_by_rule({"text": text, "rubric": RUBRIC})["errors"]
    assert {"text": wrong, "correction": right} in [
        {key: error[key] for key in ("text", "correction")} for error in errors
    ]


def test_good_english_has_no_slips_and_more_of_it_has_more_points() -> None:
    sentence = "The library near our school opens early and closes late on every working day. "
    short = analysis_by_rule({"text": sentence, "rubric": RUBRIC})
    text = " ".join(word.sentence for word in words()[:14])
    long = analysis_by_rule({"text": text, "rubric": RUBRIC})
    assert short["errors"] == long["errors"] == []
    assert short["rubric"][0]["points"] < long["rubric"][0]["points"] <= 10


def test_prompts_have_versions() -> None:
    assert prompt("questions").version == "questions.v1"
    assert "JSON" in prompt("analyse").text
