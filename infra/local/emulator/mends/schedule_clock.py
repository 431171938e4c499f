"""EventBridge Scheduler: time zones, a sweep every second, no second firing after a restart."""

import re
from contextvars import ContextVar
from datetime import UTC, datetime, tzinfo
from types import FunctionType, SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from ministack.services import eventbridge, scheduler

from infra.local.emulator.mends.provisioning import Properties, after

_SWEEP_SECONDS = 1
_AT = re.compile(r"^\s*at\((.+)\)\s*$")
_CFN_DROPS = ("ScheduleExpressionTimezone", "StartDate", "EndDate")
_KEY_SEPARATOR = "\x00"

_zone: ContextVar[tzinfo] = ContextVar("schedule_zone", default=UTC)


def apply() -> None:
    scheduler._SCHEDULE_TICK_INTERVAL = _SWEEP_SECONDS
    scheduler._at_time_epoch = _at_time_epoch
    _sweep_by_zone()
    _read_cron_in_zone()
    _remember_last_firings()
    after("AWS::Scheduler::Schedule", _keep_dropped_properties)


def _sweep_by_zone() -> None:
    """The emulator's sweep reads one clock for all: give it the schedules one at a time.

    It runs on a copy of the function with its own `_schedules`, so that a schedule created
    by a request during the sweep is not lost.
    """
    namespace = dict(vars(scheduler))
    sweep = FunctionType(scheduler._tick_schedules.__code__, namespace)

    def mended() -> None:
        every = scheduler._schedules._data
        for key, schedule in list(every.items()):
            only = {key: schedule}
            namespace["_schedules"] = SimpleNamespace(_data=only)
            token = _zone.set(ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC"))
            sweep()
            _zone.reset(token)
            if key not in only:
                every.pop(key, None)

    scheduler._tick_schedules = mended


def _at_time_epoch(expression: str) -> float | None:
    match = _AT.match(expression)
    if match is None:
        return None
    moment = datetime.fromisoformat(match.group(1).strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=_zone.get())).timestamp()


def _read_cron_in_zone() -> None:
    next_fire = eventbridge._cron_next_fire

    def mended(fields: Any, after_moment: datetime) -> Any:
        # As AWS documents it: an hour that summer time skips is no time to fire, one that it
        # doubles is one the first time only.
        moment = next_fire(fields, after_moment.astimezone(_zone.get()))
        while moment is not None and (moment.fold or not _exists(moment)):
            moment = next_fire(fields, moment.replace(fold=0))
        return moment

    eventbridge._cron_next_fire = mended


def _exists(moment: datetime) -> bool:
    there_and_back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return there_and_back.replace(fold=0) == moment.replace(fold=0)


def _remember_last_firings() -> None:
    """Without them an at() schedule that is kept fires again after every restart."""
    state, load = scheduler.get_state, scheduler.load_persisted_state

    def get_state() -> dict[str, Any]:
        fired = scheduler._schedule_last_fired
        return {**state(), "last_fired": {_KEY_SEPARATOR.join(k): v for k, v in fired.items()}}

    def load_state(data: dict[str, Any]) -> None:
        load(data)
        for key, moment in data.get("last_fired", {}).items():
            scheduler._schedule_last_fired[tuple(key.split(_KEY_SEPARATOR))] = moment

    scheduler.get_state = get_state
    scheduler.load_persisted_state = load_state


def _keep_dropped_properties(name: str, properties: Properties) -> None:
    schedule = scheduler._schedules.get(f"{properties.get('GroupName', 'default')}/{name}")
    for key in _CFN_DROPS:
        if schedule is not None and key in properties:
            schedule[key] = properties[key]
