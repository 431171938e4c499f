"""The EventBridge schedule of a trigger: what wakes the runner at its planned moments.

The runner asks the trigger's own calendar what is planned, so a schedule may fire once too often
(a month's 28th to 30th for "the 30th or the last day") but never too seldom.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.workspaces.cron import Cron
from shared.workspaces.days import LastDayAtMost
from shared.workspaces.triggers import Trigger

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_FEBRUARY = 28


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a schedule fires.

    `start` is the first firing of a rate; EventBridge would fire at once without it. `step` is
    that rate's, so that two starts can be seen to mean the same.
    """

    expression: str
    zone: str
    start: datetime | None = None
    step: timedelta | None = None

    def agrees_with(self, expression: str, zone: str, start: datetime | None) -> bool:
        """Whether a schedule with these fields fires at the same moments."""
        if (expression, zone) != (self.expression, self.zone):
            return False
        if self.start is None or self.step is None:
            return True
        return start is not None and not (self.start - start) % self.step


def timetable(trigger: Trigger, now: datetime) -> Timetable | None:
    """The timetable of a trigger; None where no moment is left, or none was ever planned."""
    planned = trigger.next(now)
    if planned is None:
        return None
    if trigger.step:
        rate = f"rate({trigger.value[:-1]} {_UNITS[trigger.value[-1]]})"
        return Timetable(rate, trigger.zone, planned, trigger.step)
    return Timetable(_expression(trigger), trigger.zone)


def _expression(trigger: Trigger) -> str:
    if trigger.once:
        return f"at({trigger.value}:00)"
    if trigger.type == "cron" or trigger.cron is None:
        return f"cron({trigger.value})"
    return _fields(trigger.cron, trigger.value)


def _fields(cron: Cron, value: str) -> str:
    minute, hour = cron.minutes[0], cron.hours[0]
    if isinstance(cron.days, LastDayAtMost):
        return f"cron({minute} {hour} {_month_days(cron.days.number)} * ? *)"
    weekday, blank, _ = value.partition(" ")
    return f"cron({minute} {hour} {f'? * {weekday}' if blank else '* * ?'} *)"


def _month_days(number: int) -> str:
    if number == 31:
        return "L"
    # EventBridge takes no "30 or the last day"; these are all days that may be it.
    return str(number) if number <= _FEBRUARY else f"{_FEBRUARY}-{number}"
