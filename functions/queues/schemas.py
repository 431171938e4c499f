"""What the queues API shows."""

from datetime import UTC, datetime
from typing import Any

from functions.queues.masking import masked, shown_body
from functions.queues.service import Status
from shared.aws.queue_admin import SeenMessage
from shared.core import clock


def status_body(status: Status) -> dict[str, Any]:
    """A queue. `retry` messages are among `pending` and `active`."""
    processed = sum(each.processed for each in status.days)
    failed = sum(each.failed for each in status.days)
    return {
        "name": status.name,
        "pending": status.depth.waiting,
        "active": status.depth.hidden,
        "retry": status.retry,
        "archived": status.archived,
        "completed": processed - failed,
        "processed": processed,
        "failed": failed,
        "processed_by_date": [
            {"date": each.day.isoformat(), "count": each.processed} for each in status.days
        ],
        "failed_by_date": [
            {"date": each.day.isoformat(), "count": each.failed} for each in status.days
        ],
        "oldest_age_s": status.oldest_age_s,
        "redrivable": status.redrivable,
    }


def message_body(message: SeenMessage) -> dict[str, Any]:
    """A dead letter; a body that is too long is shown as the beginning of its text."""
    body, truncated = shown_body(message.body)
    return {
        "message_id": message.id,
        "body": body,
        "truncated": truncated,
        "attributes": masked(dict(message.attributes)),
        "receives": message.receives,
        "sent_at": clock.iso(datetime.fromtimestamp(message.sent_ms / 1000, UTC)),
    }
