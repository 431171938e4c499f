"""Fields that the inputs of several types have."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from shared.core.text import Text
from shared.net.addresses import UnsafeAddress, check_form
from shared.tasks.uploads import REFUSALS

LEAST_SIDE, MOST_SIDE = 256, 2048
_MOST_SEED = 2_147_483_647
_SIZE = re.compile(r"(\d{3,4})x(\d{3,4})", re.ASCII)


def checked_link(url: str) -> str:
    """An https address of the public internet, on sight: its name is not looked up yet.

    Raises:
        ValueError: it is none; its argument is a Text.
    """
    try:
        check_form(url)
    except UnsafeAddress as error:
        raise ValueError(REFUSALS["not_public"]) from error
    return url


def _checked_size(value: str) -> str:
    found = _SIZE.fullmatch(value)
    if found is None or not all(LEAST_SIDE <= int(side) <= MOST_SIDE for side in found.groups()):
        raise ValueError(Text("应为 宽x高，各 256–2048", "must be WxH, each 256–2048"))
    return value


def sides(size: str) -> tuple[int, int]:
    """Width and height of a `Size`."""
    width, _, height = size.partition("x")
    return int(width), int(height)


Prompt = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
ModelId = Annotated[str, StringConstraints(min_length=1, max_length=100)]
PublicLink = Annotated[str, StringConstraints(max_length=2048), AfterValidator(checked_link)]
Seed = Annotated[int, Field(strict=True, ge=0, le=_MOST_SEED)]
Size = Annotated[str, AfterValidator(_checked_size)]
PictureCount = Annotated[int, Field(strict=True, ge=1, le=4)]
