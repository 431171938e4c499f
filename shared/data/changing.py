"""Changes that are decided on what is stored, and again where another was faster."""

from collections.abc import Callable
from typing import Final, TypeVar

from shared.core.errors import ServiceUnavailable
from shared.data.transaction import ConditionFailed

T = TypeVar("T")
TRIES: Final = 10


def change_stored(
    thing: T,
    decide: Callable[[T], T | None],
    write: Callable[[T, T], T],
    read_again: Callable[[ConditionFailed], T | None],
) -> T | None:
    """The thing as `decide` wants it, once that is written.

    Args:
        decide: the new state; None where there is nothing to do, the same thing where it is so.
        write: stores the second argument in the place of the first, conditional on its revision.
        read_again: what is stored now; raises where the condition that failed is another one.

    Returns:
        What `decide` gave last; None also where the thing is gone.

    Raises:
        ServiceUnavailable: it met others ten times.
    """
    current: T | None = thing
    for _ in range(TRIES):
        new = decide(current) if current is not None else None
        if current is None or new is None or new is current:
            return new
        try:
            return write(current, new)
        except ConditionFailed as failure:
            current = read_again(failure)
    raise ServiceUnavailable
