"""Styles of photos, out of one data file (contract photos-payments.md)."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shared.core.text import Text

_FILE = Path(__file__).parent / "data" / "photo_templates.json"


@dataclass(frozen=True, slots=True)
class PhotoTemplate:
    """A style: what the model is told, and `WxH` sizes that suit it, the best first."""

    id: str
    category: str
    name: Text
    description: Text
    prompt: str
    sizes: tuple[str, ...]


def find_photo_template(template_id: str) -> PhotoTemplate | None:
    """The template of that id."""
    return _templates().get(template_id)


def all_photo_templates() -> list[PhotoTemplate]:
    """Every template, in the order of the file."""
    return list(_templates().values())


@cache
def _templates() -> dict[str, PhotoTemplate]:
    entries: list[dict[str, Any]] = json.loads(_FILE.read_text("utf-8"))
    return {entry["id"]: _read(entry) for entry in entries}


def _read(entry: dict[str, Any]) -> PhotoTemplate:
    return PhotoTemplate(
        id=entry["id"],
        category=entry["category"],
        name=Text(**entry["name"]),
        description=Text(**entry["description"]),
        prompt=entry["prompt"],
        sizes=tuple(entry["sizes"]),
    )
