"""Lambda entry of the document worker: S3 events and outbox messages from one queue."""

from functools import partial
from typing import Any

from functions.document_worker.service import MARGIN_MS, handle_message
from functions.document_worker.settings import WorkerSettings
from shared.messaging.consumer import BatchAnswer, Runtime
from shared.messaging.work_queue import work_off

QUEUE = "documents"


def handler(event: dict[str, Any], runtime: Runtime) -> BatchAnswer:
    """Work on each message by itself; what failed, or was killed, is delivered again."""
    return work_off(
        event,
        runtime,
        partial(handle_message, runtime),
        queue=QUEUE,
        receives=WorkerSettings.from_env().document_receives,
        margin_ms=MARGIN_MS,
    )
