"""The six fields of an EventBridge cron expression, read strictly, every mistake at once.

    minutes hours day-of-month month day-of-week year

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from shared.core.text import Text
from shared.workspaces.days import (
    DayRule,
    DaysOfMonth,
    DaysOfWeek,
    LastDayAtMost,
    WeekdayOfMonth,
    WorkdayNear,
)

FIRST_YEAR, LAST_YEAR = 1970, 2199
_T = TypeVar("_T")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTH_WORDS = {word: number for number, word in enumerate(_MONTHS, 1)}
_WEEKDAY_WORDS = {word: number for number, word in enumerate(_WEEKDAYS, 1)}

_SIX_FIELDS = Text(
    "应为 6 段（分 时 日 月 周 年），实际为 {count} 段",
    "must have 6 fields (minutes hours day-of-month month day-of-week year), not {count}",
)
_EITHER_DAY = Text(
    "“日”与“周”必须有且只有一个为 ?",
    "exactly one of day-of-month and day-of-week must be ?",
)
_NOT_A_VALUE = Text("无法识别 “{part}”", "“{part}” is not understood")
_OUT_OF_RANGE = Text("“{part}” 不在 {least}–{most} 之间", "“{part}” is not within {least}–{most}")
_BAD_STEP = Text("“{part}” 的步长应为 1–{most}", "the step of “{part}” must be 1–{most}")
_BAD_NTH = Text("“{part}” 的 # 后应为 1–5", "after # in “{part}” comes 1–5")
_BACKWARDS = Text("范围 “{part}” 前大后小", "the range “{part}” runs backwards")


class CronError(ValueError):
    """The expression cannot be used; `reasons` are all of its mistakes."""

    def __init__(self, *reasons: Text) -> None:
        super().__init__("; ".join(reason.en for reason in reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Cron:
    """What the fields mean; `years` None is every year."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: DayRule
    months: frozenset[int]
    years: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class _Field:
    name: Text
    least: int
    most: int
    words: Mapping[str, int] | None = None


_MINUTES = _Field(Text("分", "minutes"), 0, 59)
_HOURS = _Field(Text("时", "hours"), 0, 23)
_DAY_OF_MONTH = _Field(Text("日", "day-of-month"), 1, 31)
_MONTH = _Field(Text("月", "month"), 1, 12, _MONTH_WORDS)
_DAY_OF_WEEK = _Field(Text("周", "day-of-week"), 1, 7, _WEEKDAY_WORDS)
_YEAR = _Field(Text("年", "year"), FIRST_YEAR, LAST_YEAR)


def parse_cron(expression: str) -> Cron:
    """The meaning of six fields separated by blanks; words may be in lower case.

    Raises:
        CronError: with every mistake of every field.
    """
    fields = expression.upper().split()
    if len(fields) != 6:
        raise CronError(_SIX_FIELDS.fill(count=len(fields)))
    reading = _Reading()
    minute, hour, month_day, month, week_day, year = fields
    minutes = reading.of(_MINUTES, minute, _numbers)
    hours = reading.of(_HOURS, hour, _numbers)
    by_month = reading.of(_DAY_OF_MONTH, month_day, _month_days)
    months = reading.of(_MONTH, month, _numbers)
    by_week = reading.of(_DAY_OF_WEEK, week_day, _week_days)
    years = reading.of(_YEAR, year, _numbers)
    if not reading.mistakes and (month_day == "?") == (week_day == "?"):
        reading.mistakes.append(_EITHER_DAY)
    days = by_month or by_week
    if reading.mistakes or not (minutes and hours and days and months and years):
        raise CronError(*reading.mistakes)
    every_year = year == "*"
    return Cron(minutes, hours, days, frozenset(months), None if every_year else frozenset(years))


class _Reading:
    """Reads field after field and keeps what is wrong with each of them."""

    def __init__(self) -> None:
        self.mistakes: list[Text] = []

    def of(self, field: _Field, text: str, read: Callable[[_Field, str], _T]) -> _T | None:
        """What `read` makes of a field, None where it is wrong."""
        try:
            return read(field, text)
        except CronError as error:
            for reason in error.reasons:
                named = Text(f"{field.name.zh}：{reason.zh}", f"{field.name.en}: {reason.en}")
                self.mistakes.append(named)
            return None


def _numbers(field: _Field, text: str) -> tuple[int, ...]:
    """`*`, and a list of numbers, ranges and steps, ascending and each once."""
    found: set[int] = set()
    for part in text.split(","):
        found.update(_part(field, part))
    return tuple(sorted(found))


def _part(field: _Field, part: str) -> range:
    base, slash, step = part.partition("/")
    low, dash, high = base.partition("-")
    if base == "*":
        least, most = field.least, field.most
    else:
        least = _number(field, low, part)
        most = _number(field, high, part) if dash else field.most if slash else least
    if least > most:
        raise CronError(_BACKWARDS.fill(part=part))
    if not slash:
        return range(least, most + 1)
    width = field.most - field.least + 1
    if not _is_number(step) or not 1 <= int(step) <= width:
        raise CronError(_BAD_STEP.fill(part=part, most=width))
    return range(least, most + 1, int(step))


def _number(field: _Field, text: str, part: str) -> int:
    if field.words and text in field.words:
        return field.words[text]
    if not _is_number(text):
        raise CronError(_NOT_A_VALUE.fill(part=part))
    number = int(text)
    if not field.least <= number <= field.most:
        raise CronError(_OUT_OF_RANGE.fill(part=part, least=field.least, most=field.most))
    return number


def _is_number(text: str) -> bool:
    # Other digits than these are numbers to Python and nothing to EventBridge.
    return 0 < len(text) <= 4 and text.isascii() and text.isdigit()


def _month_days(field: _Field, text: str) -> DayRule | None:
    """Also `L`, the last day, and `15W`, the workday nearest to a day; None for `?`."""
    if text == "?":
        return None
    if text == "L":
        return LastDayAtMost()
    if text.endswith("W"):
        return WorkdayNear(_number(field, text[:-1], text))
    return DaysOfMonth(_numbers(field, text))


def _week_days(field: _Field, text: str) -> DayRule | None:
    """Also `6L`, the last Friday, and `6#2`, the second one; `L` alone is Saturday."""
    if text == "?":
        return None
    if text == "L":
        return DaysOfWeek(frozenset({field.most}))
    if text.endswith("L"):
        return WeekdayOfMonth(_number(field, text[:-1], text), -1)
    day, hash_sign, nth = text.partition("#")
    if not hash_sign:
        return DaysOfWeek(frozenset(_numbers(field, text)))
    if nth not in ("1", "2", "3", "4", "5"):
        raise CronError(_BAD_NTH.fill(part=text))
    return WeekdayOfMonth(_number(field, day, text), int(nth))
