"""Lambda entry of the document worker: S3 events and outbox messages from one queue."""

from functools import partial
from typing import Any

from functions.document_worker.service import MARGIN_MS, handle_message
from shared.messaging.consumer import BatchAnswer, Runtime, consume


def handler(event: dict[str, Any], runtime: Runtime) -> BatchAnswer:
    """Work on each message by itself; what failed is delivered again."""
    return consume(event, runtime, partial(handle_message, runtime), margin_ms=MARGIN_MS)
