"""JSON, CSV and GIFT: what is written is read again as it was; what is broken is refused."""

import csv
import io
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from shared.learning.formats import FORMATS, FormatName
from shared.learning.formats.errors import FormatError
from shared.learning.questions import Question, Questions

_adapter: TypeAdapter[list[Question]] = TypeAdapter(Questions)
_SPECIAL = list("\\~=#{}:%[]->|'\"+@,;/$ \n\tn")
_letters = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(_SPECIAL)
texts = st.text(_letters, max_size=30).map(str.strip)
words = texts.filter(bool)

MOODLES = """
// question: 1 name: Grants tomb
$CATEGORY: tom/dick/harry

::Q1:: Who is buried in Grant's tomb in New York City? {
=Grant
~No one
#Was true for 12 years
~Napoleon
}

The American holiday of Thanksgiving is celebrated on the {
  ~second
  ~third
  =fourth
} Thursday of November.

Grant was buried in a tomb in New York City.{T}

Who's buried in Grant's tomb?{=Grant =Ulysses S. Grant#right}

What two people are entombed? {
   ~%-100%No one
   ~%50%Grant
   ~%50%Grant's wife
####Both of them
}

Write a short biography of Dag Hammarskjöld. {}
"""


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """Any good question: a choice, a blank or a written one."""
    made: dict[str, Any] = {
        "type": draw(st.sampled_from(["reading", "cloze", "vocabulary"])),
        "stem": draw(words),
        "explanation": draw(texts),
        "difficulty": draw(texts.filter(lambda text: len(text) <= 20)),
        "topic": draw(texts),
    }
    kind = draw(st.sampled_from(["choice", "blank", "written"]))
    if kind == "choice":
        made["options"] = draw(st.lists(words, min_size=2, max_size=10, unique=True))
        made["answer"] = draw(st.lists(st.sampled_from(made["options"]), min_size=1, unique=True))
    elif kind == "blank":
        made["answer"] = draw(st.lists(words, min_size=1, max_size=5))
    else:
        rubric = st.fixed_dictionaries({"line": words, "points": st.integers(1, 100)})
        made |= {"type": draw(st.sampled_from(["writing", "translation"])), "answer": draw(texts)}
        made["rubric"] = draw(st.lists(rubric, max_size=4))
    return made


@pytest.mark.parametrize("name", FORMATS)
@given(found=st.lists(questions(), min_size=1, max_size=4))
def test_what_is_written_is_read_again(name: FormatName, found: list[dict[str, Any]]) -> None:
    good = _adapter.validate_python(found)
    kind = FORMATS[name]
    assert kind.read(kind.write(good)) == good


@pytest.mark.parametrize("name", FORMATS)
@given(text=st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(_SPECIAL)))
def test_any_text_is_read_or_refused(name: FormatName, text: str) -> None:
    with suppress(FormatError):
        assert FORMATS[name].read(text)


def read(name: FormatName, text: str) -> list[dict[str, Any]]:
    return [question.model_dump() for question in FORMATS[name].read(text)]


def refusal(name: FormatName, text: str) -> str:
    with pytest.raises(FormatError) as caught:
        FORMATS[name].read(text)
    return caught.value.reason.en


def test_moodles_own_examples_are_read() -> None:
    found = read("gift", MOODLES)
    assert [question["answer"] for question in found] == [
        "Grant", "fourth", "True", ["Grant", "Ulysses S. Grant"], ["Grant", "Grant's wife"], "",
    ]  # fmt: skip
    assert found[0]["id"] == "Q1"
    assert found[0]["options"] == ["Grant", "No one", "Napoleon"]
    assert found[1]["stem"].endswith("on the _____ Thursday of November.")
    assert found[4]["explanation"] == "Both of them"
    assert found[5]["type"] == "writing"


@pytest.mark.parametrize(
    "text",
    [
        "When was Ulysses S. Grant born? {#1822:5}",
        "Match. {=cat -> 猫 =dog -> 狗}",
        "A description without an answer.",
        "Two {=a} answers {=b}",
        "Never closed {=a",
        "No right one {~a ~b}",
        "Broken note {=a}\n// rolecraft: {",
        "Broken note {=a}\n// rolecraft: [1]",
        "No sign {a}",
    ],
)
def test_what_gift_has_and_questions_have_not_is_refused_with_its_line(text: str) -> None:
    said = refusal("gift", f"Fine {{=yes}}\n\n\n{text.replace(chr(10) + '//', chr(10) + '//')}\n")
    assert said.startswith(("line 4: ", "question 2"))


def test_a_spreadsheet_runs_nothing_of_a_csv() -> None:
    formula = '=HYPERLINK("http://evil.test")'
    good = _adapter.validate_python([{"type": "cloze", "stem": formula, "answer": "-1"}])
    text = FORMATS["csv"].write(good)
    assert text.startswith("\ufeff")
    row = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))[1]
    assert row[2] == f"'{formula}"
    assert row[4] == "'-1"


def test_a_csv_of_a_teacher_is_read() -> None:
    text = 'Type,Stem,Options,Answer\r\nreading,"He ___ home.","goes\ngo",A\r\n\r\n'
    (question,) = read("csv", text)
    assert question["answer"] == "goes"
    assert question["id"] == "q1"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("csv", "", "type and stem"),
        ("csv", "type,stem,points\n", "unknown columns: points"),
        ("csv", 'type,stem,answer\nreading,"x,y', "line 2: "),
        ("csv", "type,stem,answer\nreading,x,y,z\n", "line 2: "),
        ("csv", "type,stem,rubric\nwriting,x,many|words\n", "points|line"),
        ("json", "{\n,", "line 2: "),
        ("json", "[" * 100_000, "valid JSON"),
        ("json", '{"items": []}', "list of questions"),
        ("json", "[]", "at least 1"),
        (
            "json",
            '[{"type": "reading", "stem": "x", "answer": ""}]',
            "question 1 answer: is required",
        ),
        ("json", f'[{{"type": "reading", "stem": "{"x" * 20_001}"}}]', "stem: must have at most"),
        ("json", '[{"type": "reading"}]', "question 1 stem: "),
    ],
)
def test_a_broken_file_says_where(name: FormatName, text: str, said: str) -> None:
    assert said in refusal(name, text)
