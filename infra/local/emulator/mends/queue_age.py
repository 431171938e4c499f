"""The age of a queue's oldest message, a metric that SQS writes and the emulator does not."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from ministack.services import cloudwatch, sqs


def apply() -> None:
    for name in ("_get_metric_data", "_get_metric_statistics"):
        setattr(cloudwatch, name, _measured_before(getattr(cloudwatch, name)))


def _measured_before(read: Callable[..., Any]) -> Callable[..., Any]:
    """AWS measures each minute; measuring when somebody asks tells the same, sooner."""

    @wraps(read)
    def measured(*arguments: Any) -> Any:
        now = time.time()
        for url, queue in list(sqs._queues.items()):
            oldest = min(
                (message.get("sent_at", now) for message in queue["messages"]), default=now
            )
            cloudwatch.record_metric(
                "AWS/SQS",
                "ApproximateAgeOfOldestMessage",
                int(now - oldest),
                "Seconds",
                {"QueueName": url.rpartition("/")[2]},
            )
        return read(*arguments)

    return measured
