"""Lambda entry: one attempt to deliver a task's webhook."""

import asyncio
from typing import Any

from functions.webhook_worker.service import Answer, deliver
from shared.core import context


def handler(event: dict[str, Any], _: object) -> Answer:
    """`{"task_id", "owner_id", "number", "request_id"}` → `{"state", "wait_s", "number"}`."""
    token = context.enter(context.RequestContext(event["request_id"]))
    try:
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            number = int(event["number"])
            return runner.run(deliver(event["owner_id"], event["task_id"], number))
    finally:
        context.leave(token)
