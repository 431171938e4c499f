"""EventBridge Scheduler: rates count from their StartDate, and a changed schedule begins anew.

The emulator counts a rate from its creation and then from its last firing, so that each one adds
the delay of the sweep; and it remembers the last firing of a schedule that was changed, or removed
and made again, so that one moved to an earlier time of the day fires at once.
"""

import math
from collections.abc import Callable
from typing import Any

from ministack.services import eventbridge, scheduler

_ChangeSchedule = Callable[[str, Any], Any]


def apply() -> None:
    for name in ("_create_schedule", "_update_schedule", "_delete_schedule"):
        setattr(scheduler, name, _beginning_anew(getattr(scheduler, name)))
    sweep = scheduler._tick_schedules

    def mended() -> None:
        _place_rates()
        sweep()

    scheduler._tick_schedules = mended


def _beginning_anew(change: _ChangeSchedule) -> _ChangeSchedule:
    def mended(name: str, given: Any) -> Any:
        group = given.get("GroupName") or given.get("groupName") or "default"
        for key in list(scheduler._schedule_last_fired):
            if key[2] == f"{group}/{name}":
                scheduler._schedule_last_fired.pop(key, None)
        return change(name, given)

    return mended


def _place_rates() -> None:
    """Say that each rate fired last at a moment of its grid, which makes the next one its next."""
    for key, schedule in list(scheduler._schedules._data.items()):
        start = scheduler._to_epoch(schedule.get("StartDate"))
        step = eventbridge._parse_rate_seconds(schedule["ScheduleExpression"])
        if start is None or step is None:
            continue
        last = scheduler._schedule_last_fired.get(key, start - step)
        scheduler._schedule_last_fired[key] = start + math.floor((last - start) / step) * step
