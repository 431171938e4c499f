"""Lambda entry of the document worker: S3 events and outbox messages from one queue."""

from functools import partial
from typing import Any

from functions.document_worker.service import MARGIN_MS, handle_message
from functions.document_worker.settings import WorkerSettings
from shared.messaging.consumer import BatchAnswer, Runtime, consume
from shared.messaging.counts import count_deliveries
from shared.messaging.retries import retry_after_deadline, retry_soon

QUEUE = "documents"


def handler(event: dict[str, Any], runtime: Runtime) -> BatchAnswer:
    """Work on each message by itself; what failed, or was killed, is delivered again."""
    for record in event["Records"]:
        retry_after_deadline(record, runtime)
    handle = partial(handle_message, runtime)
    tally = partial(count_deliveries, QUEUE, WorkerSettings.from_env().document_receives)
    answer = consume(event, runtime, handle, tally, margin_ms=MARGIN_MS)
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    for record in event["Records"]:
        if record["messageId"] in failed:
            retry_soon(record)
    return answer
