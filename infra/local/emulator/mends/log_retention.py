"""Retention of log groups: each invocation has a stream, and all of them are in the state."""

import time
from typing import Any

from ministack.services import cloudwatch_logs

_DAY_MS = 24 * 3600 * 1000


def apply() -> None:
    state = cloudwatch_logs.get_state

    def get_state() -> Any:
        _drop_expired(time.time() * 1000)
        return state()

    cloudwatch_logs.get_state = get_state


def _drop_expired(now_ms: float) -> None:
    for group in cloudwatch_logs._log_groups._data.values():
        days = group.get("retentionInDays")
        if days is None:
            continue
        oldest = now_ms - days * _DAY_MS
        streams = group["streams"]
        for name in [name for name, stream in streams.items() if _last_ms(stream) < oldest]:
            del streams[name]


def _last_ms(stream: dict[str, Any]) -> float:
    moments = [float(event["timestamp"]) for event in stream["events"]]
    return max(moments, default=float(stream["creationTime"]))
