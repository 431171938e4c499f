"""A function fed by a queue."""

from __future__ import annotations

from constructs import Construct

from infra.constructs.function import AppFunction, FunctionSpec, Platform
from infra.constructs.queue import WorkQueue


class Worker(AppFunction):
    """Consumes `queue` and reports failures message by message."""

    def __init__(
        self,
        scope: Construct,
        spec: FunctionSpec,
        *,
        platform: Platform,
        queue: WorkQueue,
        batch_size: int,
        max_concurrency: int,
    ) -> None:
        super().__init__(scope, spec, platform=platform)
        queue.queue.grant_consume_messages(self.role)
        self.function.add_event_source_mapping(
            "Messages",
            event_source_arn=queue.queue.queue_arn,
            batch_size=batch_size,
            max_concurrency=max_concurrency,
            report_batch_item_failures=True,
        )
