"""Lambda entry of the workspace runner: firings, runs and removals from one queue."""

from functools import partial
from typing import Any

from functions.workspace_runner.service import MARGIN_MS, handle_message
from functions.workspace_runner.settings import RunnerSettings
from shared.messaging.consumer import BatchAnswer, Runtime, consume
from shared.messaging.counts import count_deliveries
from shared.messaging.retries import retry_after_deadline, retry_soon

QUEUE = "workspaces"


def handler(event: dict[str, Any], runtime: Runtime) -> BatchAnswer:
    """Work on each message by itself; what failed, or was killed, is delivered again."""
    for record in event["Records"]:
        retry_after_deadline(record, runtime)
    handle = partial(handle_message, runtime)
    tally = partial(count_deliveries, QUEUE, RunnerSettings.from_env().workspace_receives)
    answer = consume(event, runtime, handle, tally, margin_ms=MARGIN_MS)
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    for record in event["Records"]:
        if record["messageId"] in failed:
            retry_soon(record)
    return answer
