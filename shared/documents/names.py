"""File names as users give them, made safe to store and to show."""

import re
import unicodedata
from pathlib import PurePosixPath

LONGEST_NAME = 200
UNNAMED = "未命名文档"

_PATH = re.compile(r"^.*[/\\]", re.DOTALL)
_LONGEST_SUFFIX = 10


def clean_name(given: str) -> str:
    """The last part of a path, without control and direction characters, at most 200 characters.

    A name that is too long keeps its ending; one with nothing left gets a name.
    """
    name = unicodedata.normalize("NFC", _PATH.sub("", given.strip()))
    name = "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
    name = " ".join(name.split())
    if name.strip(". ") == "":
        return UNNAMED
    if len(name) <= LONGEST_NAME:
        return name
    suffix = PurePosixPath(name).suffix
    suffix = suffix if len(suffix) <= _LONGEST_SUFFIX else ""
    return name[: LONGEST_NAME - len(suffix)] + suffix
