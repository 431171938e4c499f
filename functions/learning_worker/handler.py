"""Lambda entry: one step of the workflow learning_job."""

from typing import Any

from functions.learning_worker.service import Answer, Work, run_step
from shared.core import context
from shared.core.loop import run_in_loop


def handler(event: dict[str, Any], _: object) -> Answer:
    """`{"step", "task_id", "owner_id", "attempt", "request_id", …}` → `{"state", "parts"}`."""
    token = context.enter(context.RequestContext(event["request_id"]))
    work = Work(
        event["task_id"],
        event["owner_id"],
        int(event["attempt"]),
        int(event.get("part", 0)),
        str(event.get("error", "")),
    )
    try:
        return run_in_loop(run_step(event["step"], work))
    finally:
        context.leave(token)
