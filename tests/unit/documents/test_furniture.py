"""What stands on every page is no text of it."""

import pytest

from shared.documents.chunking import chunk_sections
from shared.documents.extraction.model import Layout, Section
from shared.documents.furniture import without_furniture

BODIES = ["Alpha begins here and", "goes on. Beta is", "the next.", "Gamma ends.", "Delta."]


def pages(*texts: str) -> list[Section]:
    return [Section(text, number, "", Layout.WRAPPED) for number, text in enumerate(texts, 1)]


def texts_of(sections: list[Section]) -> list[str]:
    return [section.text for section in sections]


def test_a_running_header_stays_on_its_first_page_only():
    found = without_furniture(pages(*(f"ACME Handbook 2026\n{body}" for body in BODIES)))
    assert texts_of(found) == [f"ACME Handbook 2026\n{BODIES[0]}", *BODIES[1:]]


@pytest.mark.parametrize(
    "number",
    ["{}", "- {} -", "Page {}", "page {} of 5", "{}/5", "第{}页", "第 {} 页，共 5 页", "p. {}"],
)
def test_page_numbers_are_dropped(number):
    found = without_furniture(
        pages(*(f"{body}\n{number.format(n)}" for n, body in enumerate(BODIES, 1)))
    )
    assert texts_of(found) == BODIES


def test_without_them_sentences_run_over_pages():
    chunks = chunk_sections(pages(*(f"{body}\n- {n} -" for n, body in enumerate(BODIES, 1))))
    assert [chunk.text for chunk in chunks][:2] == [
        "Alpha begins here and goes on.",
        "Beta is the next.",
    ]


def test_lines_that_differ_by_a_number_are_text():
    texts = [f"Chapter {n}: price {n * 10} EUR\ntext {n}" for n in range(1, 8)]
    assert texts_of(without_furniture(pages(*texts))) == texts


def test_a_bare_number_that_is_not_the_pages_is_text():
    texts = [f"Total in {n}:\n{n * 129}" for n in range(1, 8)]
    assert texts_of(without_furniture(pages(*texts))) == texts


def test_a_page_of_nothing_else_stays():
    assert texts_of(without_furniture(pages(*["Page 1"] * 6))) == ["Page 1"] * 6
    same = ["The same words on every page."] * 6
    assert texts_of(without_furniture(pages(*same))) == same


def test_short_documents_and_texts_without_pages_are_left_alone():
    three = pages("Same\na", "Same\nb", "Same\nc")
    assert without_furniture(three) == three
    sections = [Section("Same\ntext", None, "", Layout.WRAPPED)] * 6
    assert without_furniture(sections) == sections
