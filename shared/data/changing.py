"""Optimistic changes: decided on what is stored, and again where another was faster."""

from collections.abc import Callable
from typing import Final, TypeVar

from shared.core.errors import AppError, ServiceUnavailable
from shared.data.contention import step_aside
from shared.data.transaction import ConditionFailed

T = TypeVar("T")
TRIES: Final = 30
LONGEST_WAIT_S: Final = 0.2


def until_written(
    step: Callable[[], T],
    met: Callable[[ConditionFailed], object] = lambda _: None,
    busy: type[AppError] = ServiceUnavailable,
) -> T:
    """The result of `step`, which reads, decides and writes; again where another was faster.

    Between two tries there is a short random wait, together about three seconds.

    Args:
        met: hears of the conditions that failed; raises where they do not say that another
            change came first, but that this one is not to be.
        busy: what is raised when it met others thirty times.
    """
    for attempt in range(TRIES):
        try:
            return step()
        except ConditionFailed as failure:
            met(failure)
        step_aside(attempt, LONGEST_WAIT_S)
    raise busy


def change_stored(
    thing: T,
    decide: Callable[[T], T | None],
    write: Callable[[T, T], T],
    read_again: Callable[[ConditionFailed], T | None],
) -> T | None:
    """The thing as `decide` wants it, once that is written.

    Args:
        thing: as it was read; the first try needs no read.
        decide: the new state; None where there is nothing to do, the same thing where it is so.
        write: stores the second argument in the place of the first, conditional on its revision.
        read_again: what is stored now; raises where the condition that failed is another one.

    Returns:
        What `decide` gave last; None also where the thing is gone.

    Raises:
        ServiceUnavailable: it met others thirty times.
    """
    current: T | None = thing

    def step() -> T | None:
        new = decide(current) if current is not None else None
        if current is None or new is None or new is current:
            return new
        return write(current, new)

    def met(failure: ConditionFailed) -> None:
        nonlocal current
        current = read_again(failure)

    return until_written(step, met)
