"""What a task is paid with: prepaid credits where its owner has enough of them, else money."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from shared.data.credits import find_credits
from shared.tasks.port import Price, TaskType

T = TypeVar("T")


class CreditsGone(Exception):
    """The credits a task was to take were spent meanwhile; nothing was written."""


def paid(
    kind: TaskType, owner_id: str, stored: Mapping[str, Any], begin: Callable[[Price], T]
) -> T:
    """`begin(price)`, with credits if there are enough: one for each picture or video."""
    price = kind.price(stored)
    number = int(stored.get("n", 1))
    if kind.credit is None or find_credits(owner_id)[kind.credit] < number:
        return begin(price)
    try:
        version = f"credits:{kind.credit}"
        return begin(replace(price, amount_micro=0, version=version, credits=number))
    except CreditsGone:
        return begin(price)
