"""Lambda entry: one attempt to deliver a task's webhook."""

import asyncio
from typing import Any

from functions.webhook_worker.service import Answer, deliver
from shared.core import context


def handler(event: dict[str, Any], _: object) -> Answer:
    """`{"task_id", "owner_id", "number", "request_id"}` → `{"state", "wait_s", "number"}`."""
    with (
        context.entered(event["request_id"]),
        asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner,
    ):
        return runner.run(deliver(event["owner_id"], event["task_id"], int(event["number"])))
