"""Prompts as files with versions: `prompts/<name>.v<version>.txt`.

A file is never changed once it was used: a new wording is a new version, which is what a mark is
kept under.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILES = Path(__file__).parent / "prompts"
_VERSIONS = {
    "analyse": 1,
    "critique": 1,
    "questions": 1,
    "refine": 1,
    "repair": 1,
    "syllabus": 1,
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """A system prompt; `version` is `<name>.v<number>`."""

    version: str
    text: str


@cache
def prompt(name: str) -> Prompt:
    """The version in use of that prompt."""
    version = f"{name}.v{_VERSIONS[name]}"
    return Prompt(version, (_FILES / f"{version}.txt").read_text("utf-8").strip())
