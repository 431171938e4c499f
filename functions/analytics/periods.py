"""Days of a caller's time zone, and the periods they are shown in."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from shared.core import clock
from shared.core.errors import InvalidRequest
from shared.core.text import Text
from shared.core.zones import DEFAULT_ZONE, is_zone

Granularity = Literal["day", "week", "month"]
MOST_DAYS = 400
_DEFAULT_DAYS = 30
# Beyond these, the days of some zone have no moment that a clock could show.
_FIRST, _LAST = date(2000, 1, 1), date(2199, 12, 31)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAY = timedelta(days=1)
_NO_DATE = Text(
    "应为 YYYY-MM-DD 格式的有效日期，2000 年至 2199 年",
    "must be a date YYYY-MM-DD of the years 2000 to 2199",
)
_NO_ZONE = Text("不是有效的 IANA 时区", "is no IANA time zone")
_AFTER_END = Text("不能晚于 end_date", "must not be after end_date")
_TOO_LONG = Text(f"到 end_date 最多 {MOST_DAYS} 天", f"to end_date are at most {MOST_DAYS} days")


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, called after its first day: a day, a Monday, the first of a month.

    The first and the last of a range may be cut by it.
    """

    day: date
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Range:
    """Whole days of a time zone, the last one included."""

    first: date
    last: date
    zone: str

    @property
    def start(self) -> datetime:
        """The first moment."""
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment that is no longer in the range."""
        return self._midnight(self.last + _DAY)

    def periods(self, granularity: Granularity) -> list[Period]:
        """All periods that the range touches, oldest first."""
        days = (self.first + number * _DAY for number in range((self.last - self.first).days + 1))
        firsts: dict[date, date] = {}
        for day in days:
            firsts.setdefault(_period_of(day, granularity), day)
        starts = [self._midnight(day) for day in firsts.values()]
        return [
            Period(day, start, end)
            for day, start, end in zip(firsts, starts, [*starts[1:], self.end], strict=True)
        ]

    def _midnight(self, day: date) -> datetime:
        # Where summer time skips midnight, this is the moment at which it does.
        return datetime.combine(day, time(), ZoneInfo(self.zone))


async def _range(
    start_date: Annotated[str | None, Query()] = None,
    end_date: Annotated[str | None, Query()] = None,
    timezone: Annotated[str, Query()] = DEFAULT_ZONE,
) -> Range:
    if not is_zone(timezone):
        raise InvalidRequest.of_field("timezone", _NO_ZONE)
    given = _date("start_date", start_date)
    last = _date("end_date", end_date) or clock.now().astimezone(ZoneInfo(timezone)).date()
    first = given or max(_FIRST, last - (_DEFAULT_DAYS - 1) * _DAY)
    if first > last:
        raise InvalidRequest.of_field("start_date", _AFTER_END)
    if (last - first).days >= MOST_DAYS:
        raise InvalidRequest.of_field("start_date", _TOO_LONG)
    return Range(first, last, timezone)


Days = Annotated[Range, Depends(_range)]
"""`start_date`, `end_date` and `timezone` of a query: the last 30 days of Shanghai without them."""


def _date(field: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or not _FIRST <= found <= _LAST:
        raise InvalidRequest.of_field(field, _NO_DATE)
    return found


def _period_of(day: date, granularity: Granularity) -> date:
    if granularity == "week":
        return day - day.weekday() * _DAY
    return day.replace(day=1) if granularity == "month" else day
