"""Lambda entry of the workspace runner: firings, runs and removals from one queue."""

from functools import partial
from typing import Any

from functions.workspace_runner.service import MARGIN_MS, handle_message
from shared.messaging.consumer import BatchAnswer, Runtime, consume


def handler(event: dict[str, Any], runtime: Runtime) -> BatchAnswer:
    """Work on each message by itself; what failed is delivered again."""
    return consume(event, runtime, partial(handle_message, runtime), margin_ms=MARGIN_MS)
