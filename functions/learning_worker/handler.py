"""Lambda entry: one step of the workflow learning_job."""

import asyncio
from contextvars import copy_context
from functools import cache
from typing import Any

from functions.learning_worker.service import Answer, Work, run_step
from shared.core import context


@cache
def _runner() -> asyncio.Runner:
    # One loop for all invocations: connections to providers stay open between them.
    return asyncio.Runner(loop_factory=asyncio.new_event_loop)


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
        # The runner would keep the first invocation's context, and with it its request id.
        return _runner().run(run_step(event["step"], work), context=copy_context())
    finally:
        context.leave(token)
