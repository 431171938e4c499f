"""One attempt to deliver, noted on the task; the workflow waits between attempts."""

from dataclasses import asdict
from functools import cache
from typing import Literal, TypedDict

from pydantic_core import to_json

from shared.core import clock
from shared.core.observability import get_logger
from shared.core.threads import in_thread
from shared.data.tasks import Task, find_task
from shared.messaging.webhooks.outbound import Outbound
from shared.messaging.webhooks.sender import WebhookSender, delay_after
from shared.tasks.changes import note_delivery
from shared.tasks.secrets import webhook_secrets
from shared.tasks.views import task_body


class Answer(TypedDict):
    """`again` asks for attempt `number` after `wait_s` seconds."""

    state: Literal["again", "ended"]
    wait_s: int
    number: int


@cache
def sender() -> WebhookSender:
    """The sender of this process."""
    return WebhookSender(Outbound.from_env())


async def deliver(owner_id: str, task_id: str, number: int) -> Answer:
    """Send the task to its receiver: attempt `number`, from 1."""
    task = await in_thread(find_task, owner_id, task_id)
    if task is None or not task.webhook_url or not task.is_final:
        return {"state": "ended", "wait_s": 0, "number": number}
    secrets = await in_thread(webhook_secrets, owner_id)
    delivery = await sender().send(
        task.webhook_url, webhook_id(task), _body(task), secrets.valid(clock.now())
    )
    told = asdict(delivery)
    final = told.pop("final")
    await in_thread(note_delivery, task, {"attempt": number, **told})
    extra = {"task_id": task.id, "attempt": number, "ok": delivery.ok, "error": delivery.error}
    get_logger().info("webhook sent", extra=extra)
    delay = None if final else delay_after(number)
    if delay is None:
        return {"state": "ended", "wait_s": 0, "number": number}
    return {"state": "again", "wait_s": round(delay), "number": number + 1}


def webhook_id(task: Task) -> str:
    """The same for every attempt and every resend of an attempt's end."""
    return f"{task.id}-{task.attempt}"


def _body(task: Task) -> bytes:
    body = task_body(task)
    del body["webhook_deliveries"]
    return to_json(body)
