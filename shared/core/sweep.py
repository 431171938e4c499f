"""Housekeeping over what was found: each thing by itself, all of them before a failure is told."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from shared.core.observability import get_logger

T = TypeVar("T")


class SweepFailed(Exception):
    """Some things could not be dealt with; all others were, and these are found again."""


def sweep(
    found: Iterable[T], deal_with: Callable[[T], int], named: Callable[[T], Mapping[str, str]]
) -> int:
    """Deal with each thing; one that fails is logged and keeps none of the others waiting.

    Args:
        deal_with: how many things it put right, or whether it did.
        named: fields of the log line that tell which thing failed.

    Returns:
        The sum of what `deal_with` gave.

    Raises:
        SweepFailed: after the last one, so that an alarm sees it.
    """
    done = failed = 0
    for thing in found:
        try:
            done += deal_with(thing)
        except Exception:
            failed += 1
            get_logger().exception("not swept", extra=dict(named(thing)))
    if failed:
        raise SweepFailed(f"{failed} failed, {done} dealt with")
    return done
