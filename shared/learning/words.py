"""The bundled words and passages, written for this project."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of CET-4 with a sentence that has it in this form."""

    word: str
    part_of_speech: str
    meaning: str
    difficulty: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and what is asked about it: stem, options, the right one's number, explanation."""

    topic: str
    difficulty: str
    text: str
    questions: tuple[dict[str, Any], ...]


@cache
def words() -> tuple[Word, ...]:
    """All words, in the order of the file."""
    lines = (_DATA / "words.txt").read_text("utf-8").splitlines()
    return tuple(Word(*line.split("|")) for line in lines if line and line[0] != "#")


@cache
def passages() -> tuple[Passage, ...]:
    """All passages, in the order of the file."""
    entries = json.loads((_DATA / "passages.json").read_text("utf-8"))
    return tuple(Passage(**{**entry, "questions": tuple(entry["questions"])}) for entry in entries)
