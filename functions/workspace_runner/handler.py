"""Lambda entry of the workspace runner: firings, runs and removals from one queue."""

from functools import partial
from typing import Any

from functions.workspace_runner.service import MARGIN_MS, handle_message
from functions.workspace_runner.settings import RunnerSettings
from shared.messaging.consumer import BatchAnswer, Runtime
from shared.messaging.work_queue import work_off

QUEUE = "workspaces"


def handler(event: dict[str, Any], runtime: Runtime) -> BatchAnswer:
    """Work on each message by itself; what failed, or was killed, is delivered again."""
    return work_off(
        event,
        runtime,
        partial(handle_message, runtime),
        queue=QUEUE,
        receives=RunnerSettings.from_env().workspace_receives,
        margin_ms=MARGIN_MS,
    )
