"""File names as users give them, made safe to store and to show."""

import re
import unicodedata
from pathlib import PurePosixPath

LONGEST_NAME = 200
UNNAMED = "未命名文档"

_PATH = re.compile(r"^.*[/\\]", re.DOTALL)
# Control characters, lone surrogates, bidirectional marks, zero-width space; joiners stay, since
# emoji and several scripts are written with them.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_LONGEST_SUFFIX = 10


def clean_name(given: str) -> str:
    """The last part of a path, without control, direction and invisible marks, at most 200 long.

    A name that is too long keeps its ending; one with nothing left gets a name.
    """
    name = unicodedata.normalize("NFC", _PATH.sub("", given.strip()))
    name = _UNSEEN.sub("", name)
    name = " ".join(name.split())
    if name.strip(". ") == "":
        return UNNAMED
    if len(name) <= LONGEST_NAME:
        return name
    suffix = PurePosixPath(name).suffix
    suffix = suffix if len(suffix) <= _LONGEST_SUFFIX else ""
    return name[: LONGEST_NAME - len(suffix)] + suffix
