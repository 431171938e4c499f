"""How a month stands and which notices are due: arithmetic only, in micro-units (0137)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

NOTICES: Final = (80, 100)
"""At these percents of a limit somebody is told."""


@dataclass(frozen=True, slots=True)
class Month:
    """What came of a month so far; `notice` is the percent of the next notice, 0 for none."""

    spent_micro: int
    available_micro: int
    limit_micro: int
    blocks: bool
    notice: int

    @property
    def reserved_micro(self) -> int:
        """What calls under way hold."""
        return self.limit_micro - self.spent_micro - self.available_micro


@dataclass(frozen=True, slots=True)
class Crossing:
    """The notices of `percents` are due once `amount_micro` more is spent."""

    month: Month
    amount_micro: int
    percents: Sequence[int]

    @property
    def next_notice(self) -> int:
        """The percent of the notice after them, 0 for none."""
        return next((each for each in NOTICES if each > self.percents[-1]), 0)

    @property
    def gap_micro(self) -> int:
        """How much lies between the first of them and the next notice."""
        first, following = self.percents[0], self.next_notice
        limit = self.month.limit_micro
        return notice_at(limit, following) - notice_at(limit, first)


def notice_at(limit_micro: int, percent: int) -> int:
    """What is spent when a notice is due.

    Rounded up; a limit of nothing is passed by the first thing that costs something.
    """
    return max(1, -(-limit_micro * percent // 100))


def crossing_of(month: Month, amount_micro: int) -> Crossing | None:
    """The notices that are due when that much more is spent, if there are any."""
    after = month.spent_micro + amount_micro
    due = [each for each in _open(month) if after >= notice_at(month.limit_micro, each)]
    return Crossing(month, amount_micro, due) if due else None


def refusal_of(month: Month) -> Crossing | None:
    """The notices that are due when a call is refused in a month that is at its end.

    From the first notice on, what is left is taken for too little. A call that is refused
    before, because it alone might cost so much, leaves the month as it is.
    """
    if month.spent_micro < notice_at(month.limit_micro, NOTICES[0]) or not month.notice:
        return None
    return Crossing(month, 0, _open(month))


def _open(month: Month) -> list[int]:
    return [percent for percent in NOTICES if month.notice and percent >= month.notice]
