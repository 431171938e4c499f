"""On which days of a month a schedule fires: the day fields of an EventBridge cron expression.

Weekdays are EventBridge's: 1 is Sunday, 7 is Saturday. dateutil's relativedelta knows how long
months are and which the last Friday is.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from dateutil.relativedelta import FR, MO, SA, SU, TH, TU, WE, relativedelta, weekday

_WEEKDAYS: tuple[weekday, ...] = (SU, MO, TU, WE, TH, FR, SA)
_MONTH_END = relativedelta(day=31)  # relativedelta stops at the last day there is
_SATURDAY, _SUNDAY = 5, 6  # as date.weekday() counts


class DayRule(Protocol):
    """Gives the days of a month, ascending; none is a fair answer."""

    def days_in(self, year: int, month: int) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class DaysOfMonth:
    """These numbers; a month too short for one goes without it."""

    numbers: tuple[int, ...]

    def days_in(self, year: int, month: int) -> list[int]:
        """The numbers that the month has."""
        last = _last_day(year, month)
        return [number for number in self.numbers if number <= last]


@dataclass(frozen=True, slots=True)
class LastDayAtMost:
    """One day each month: that number, or the last day of a month too short for it."""

    number: int = 31

    def days_in(self, year: int, month: int) -> list[int]:
        """One day."""
        return [min(self.number, _last_day(year, month))]


@dataclass(frozen=True, slots=True)
class WorkdayNear:
    """The day from Monday to Friday that is nearest to a number, within the month (`15W`)."""

    number: int

    def days_in(self, year: int, month: int) -> list[int]:
        """One day, or none in a month too short for the number."""
        last = _last_day(year, month)
        if self.number > last:
            return []
        day = date(year, month, self.number).weekday()
        if day == _SATURDAY:
            return [self.number - 1 if self.number > 1 else self.number + 2]
        if day == _SUNDAY:
            return [self.number + 1 if self.number < last else self.number - 2]
        return [self.number]


@dataclass(frozen=True, slots=True)
class DaysOfWeek:
    """Every week on these weekdays."""

    weekdays: frozenset[int]

    def days_in(self, year: int, month: int) -> list[int]:
        """Some four or five days for each weekday."""
        first = date(year, month, 1).isoweekday() % 7  # 0 is Sunday
        last = _last_day(year, month)
        return [day for day in range(1, last + 1) if (first + day - 1) % 7 + 1 in self.weekdays]


@dataclass(frozen=True, slots=True)
class WeekdayOfMonth:
    """The n-th such weekday of the month, 1–5 (`MON#2`), or the last one, -1 (`FRIL`)."""

    day: int
    nth: int

    def days_in(self, year: int, month: int) -> list[int]:
        """One day, or none in a month without a fifth one."""
        wanted = relativedelta(
            day=31 if self.nth < 0 else 1, weekday=_WEEKDAYS[self.day - 1](self.nth)
        )
        found = date(year, month, 1) + wanted
        return [found.day] if found.month == month else []


def _last_day(year: int, month: int) -> int:
    return (date(year, month, 1) + _MONTH_END).day
