"""EventBridge Scheduler: `<aws.scheduler.…>` in a target's input stands for the firing.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

import time
from datetime import UTC, datetime
from typing import Any

from ministack.services import eventbridge, scheduler

_MINUTE = 60


def apply() -> None:
    invoke = eventbridge._invoke_target

    def mended(target: dict[str, Any], event: dict[str, Any], rule: Any, view: Any = None) -> Any:
        if event.get("Source") == "aws.scheduler" and target.get("Input"):
            target = {**target, "Input": _filled(target["Input"], event, rule)}
        return invoke(target, event, rule, view)

    eventbridge._invoke_target = mended


def _filled(text: str, event: dict[str, Any], schedule: dict[str, Any]) -> str:
    values = {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": f"{_planned(schedule):%Y-%m-%dT%H:%M:%SZ}",
        "execution-id": event["EventId"],
        "attempt-number": "1",
    }
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _planned(schedule: dict[str, Any]) -> datetime:
    """The moment that was meant: the sweep comes up to a second after it."""
    now = time.time()
    start = scheduler._to_epoch(schedule.get("StartDate"))
    step = eventbridge._parse_rate_seconds(schedule["ScheduleExpression"])
    if start is not None and step is not None:
        return datetime.fromtimestamp(start + (now - start) // step * step, UTC)
    return datetime.fromtimestamp(now // _MINUTE * _MINUTE, UTC)
