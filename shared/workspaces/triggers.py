"""When a workspace runs: the grammar of `triggerType` and `triggerValue`, and what it means.

    manual     (nothing)             only when somebody asks
    once       2026-03-01T09:00      local time
    interval   30m  2h  1d           from the moment the trigger was set, at least 5 minutes
    daily      09:00
    weekly     MON 09:00
    monthly    31 09:00              a month too short for the day: its last day
    cron       0 9 ? * MON-FRI *     the fields of an EventBridge cron expression

`Trigger.after` is the calendar that decides what is planned; `shared/workspaces/expressions.py`
makes the EventBridge schedule that wakes the runner at those moments.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from dateutil.tz import datetime_exists

from shared.core.text import Text
from shared.core.zones import is_zone
from shared.workspaces.cron import LAST_YEAR, Cron, CronError, parse_cron
from shared.workspaces.days import DaysOfMonth, DaysOfWeek, LastDayAtMost

TriggerType = Literal["manual", "once", "interval", "daily", "weekly", "monthly", "cron"]
TYPES: tuple[TriggerType, ...] = get_args(TriggerType)
LEAST_INTERVAL = timedelta(minutes=5)
MOST_INTERVAL = timedelta(days=365)
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_ONCE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", re.ASCII)
_INTERVAL = re.compile(r"(?P<count>[1-9]\d{0,5})(?P<unit>[mhd])", re.ASCII)
_TIME = re.compile(r"(?P<hour>\d{2}):(?P<minute>\d{2})", re.ASCII)
_EVERY_DAY = DaysOfMonth(tuple(range(1, 32)))
_EVERY_MONTH = frozenset(range(1, 13))

_NO_VALUE = Text("手动触发时应为空", "must be empty for a manual trigger")
_ONCE_FORM = Text("应形如 2026-03-01T09:00", "must look like 2026-03-01T09:00")
_NO_SUCH_DAY = Text("没有这一天或这个时刻", "is no date and time of the calendar")
_SKIPPED_HOUR = Text(
    "在该时区不存在（夏令时跳过）", "does not exist in this time zone (skipped by summer time)"
)
_PAST = Text("应晚于现在", "must be in the future")
_INTERVAL_FORM = Text("应形如 30m、2h 或 1d", "must look like 30m, 2h or 1d")
_INTERVAL_RANGE = Text("应在 5 分钟至 365 天之间", "must be from 5 minutes to 365 days")
_TIME_FORM = Text("应形如 09:00", "must look like 09:00")
_NO_SUCH_TIME = Text("时间应在 00:00–23:59 之间", "must have a time from 00:00 to 23:59")
_WEEKLY_FORM = Text("应形如 MON 09:00", "must look like MON 09:00")
_MONTHLY_FORM = Text("应形如 1 09:00，日为 1–31", "must look like 1 09:00, with a day from 1 to 31")
_NEVER = Text("永远不会触发", "never fires")


class TriggerError(ValueError):
    """A field that makes no trigger: its name as clients write it, and all that is wrong."""

    def __init__(self, field: Literal["triggerValue", "timezone"], *reasons: Text) -> None:
        super().__init__(f"{field}: {'; '.join(reason.en for reason in reasons)}")
        self.field = field
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger with its time zone.

    Attributes:
        type: what the caller chose.
        value: as it was given, trimmed; what expressions are made from.
        zone: an IANA name.
        once: the one local moment, without a zone.
        step: of an interval, which counts from `anchor`.
        cron: of daily, weekly, monthly and cron.
    """

    type: TriggerType
    value: str
    zone: str
    anchor: datetime
    once: datetime | None = None
    step: timedelta | None = None
    cron: Cron | None = None

    def after(self, moment: datetime) -> Iterator[datetime]:
        """The planned moments later than `moment`, ascending, in UTC.

        A local time that summer time skips is no moment, one that it doubles is its first
        occurrence only: as EventBridge Scheduler does (its user guide, Daylight savings time).
        """
        if self.step:
            yield from _steps_after(self.anchor, self.step, moment)
            return
        zone = ZoneInfo(self.zone)
        local = moment.astimezone(zone).replace(tzinfo=None, fold=0)
        for wall in self._walls(local):
            aware = wall.replace(tzinfo=zone)
            if datetime_exists(aware) and (planned := aware.astimezone(UTC)) > moment:
                yield planned

    def next(self, moment: datetime) -> datetime | None:
        """The first planned moment later than `moment`; None where none is left."""
        return next(self.after(moment), None)

    def _walls(self, start: datetime) -> Iterator[datetime]:
        """Local times from `start` on, ascending, whether they exist in the zone or not."""
        if self.once:
            yield self.once
        elif self.cron:
            yield from _cron_walls(self.cron, start)


def parse_trigger(
    type_: TriggerType, value: str, zone: str, anchor: datetime, *, now: datetime | None = None
) -> Trigger:
    """The trigger of these fields; `now` demands that it still has a moment to come.

    Raises:
        TriggerError: names the field and all reasons.
    """
    if not is_zone(zone):
        raise TriggerError("timezone", Text("不是有效的 IANA 时区", "is no IANA time zone"))
    trigger = _PARSERS[type_](value.strip(), zone, anchor)
    if now is not None and type_ != "manual" and trigger.next(now) is None:
        raise TriggerError("triggerValue", _PAST if type_ == "once" else _NEVER)
    return trigger


def _refused(*reasons: Text) -> TriggerError:
    return TriggerError("triggerValue", *reasons)


def _manual(value: str, zone: str, anchor: datetime) -> Trigger:
    if value:
        raise _refused(_NO_VALUE)
    return Trigger("manual", "", zone, anchor)


def _once(value: str, zone: str, anchor: datetime) -> Trigger:
    if not _ONCE.fullmatch(value):
        raise _refused(_ONCE_FORM)
    try:
        wall = datetime.fromisoformat(value)
    except ValueError:
        raise _refused(_NO_SUCH_DAY) from None
    if not datetime_exists(wall.replace(tzinfo=ZoneInfo(zone))):
        raise _refused(_SKIPPED_HOUR)
    return Trigger("once", value, zone, anchor, once=wall)


def _interval(value: str, zone: str, anchor: datetime) -> Trigger:
    match = _INTERVAL.fullmatch(value)
    if not match:
        raise _refused(_INTERVAL_FORM)
    step = int(match["count"]) * _UNITS[match["unit"]]
    if not LEAST_INTERVAL <= step <= MOST_INTERVAL:
        raise _refused(_INTERVAL_RANGE)
    return Trigger("interval", value, zone, anchor, step=step)


def _daily(value: str, zone: str, anchor: datetime) -> Trigger:
    hour, minute = _time_of(value, _TIME_FORM)
    cron = Cron((minute,), (hour,), _EVERY_DAY, _EVERY_MONTH)
    return Trigger("daily", value, zone, anchor, cron=cron)


def _weekly(value: str, zone: str, anchor: datetime) -> Trigger:
    day, _, time = value.upper().partition(" ")
    if day not in _WEEKDAYS:
        raise _refused(_WEEKLY_FORM)
    hour, minute = _time_of(time, _WEEKLY_FORM)
    days = DaysOfWeek(frozenset({_WEEKDAYS.index(day) + 1}))
    cron = Cron((minute,), (hour,), days, _EVERY_MONTH)
    return Trigger("weekly", value.upper(), zone, anchor, cron=cron)


def _monthly(value: str, zone: str, anchor: datetime) -> Trigger:
    day, _, time = value.partition(" ")
    if not (day.isascii() and day.isdigit() and len(day) <= 2 and 1 <= int(day) <= 31):
        raise _refused(_MONTHLY_FORM)
    hour, minute = _time_of(time, _MONTHLY_FORM)
    cron = Cron((minute,), (hour,), LastDayAtMost(int(day)), _EVERY_MONTH)
    return Trigger("monthly", value, zone, anchor, cron=cron)


def _cron(value: str, zone: str, anchor: datetime) -> Trigger:
    try:
        cron = parse_cron(value)
    except CronError as error:
        raise _refused(*error.reasons) from error
    return Trigger("cron", " ".join(value.upper().split()), zone, anchor, cron=cron)


_PARSERS = {
    "manual": _manual,
    "once": _once,
    "interval": _interval,
    "daily": _daily,
    "weekly": _weekly,
    "monthly": _monthly,
    "cron": _cron,
}


def _time_of(text: str, form: Text) -> tuple[int, int]:
    match = _TIME.fullmatch(text)
    if not match:
        raise _refused(form)
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 23 or minute > 59:
        raise _refused(_NO_SUCH_TIME)
    return hour, minute


def _steps_after(anchor: datetime, step: timedelta, moment: datetime) -> Iterator[datetime]:
    count = max(1, (moment - anchor) // step + 1)
    planned = anchor + count * step
    while planned.year <= LAST_YEAR:
        yield planned
        planned += step


def _cron_walls(cron: Cron, start: datetime) -> Iterator[datetime]:
    """Local times of a cron from `start` on, to the last year EventBridge knows."""
    for day in _days_from(cron, start.date()):
        for hour in cron.hours:
            for minute in cron.minutes:
                wall = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001
                if wall >= start:
                    yield wall


def _days_from(cron: Cron, start: date) -> Iterator[date]:
    year, month = start.year, start.month
    while year <= LAST_YEAR:
        if month in cron.months and (cron.years is None or year in cron.years):
            days = (date(year, month, day) for day in cron.days.days_in(year, month))
            yield from (day for day in days if day >= start)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
