"""StartMessageMoveTask and ListMessageMoveTasks: redriving a dead-letter queue."""

import time
import uuid
from typing import Any

from ministack.core.concurrency import esm_wake
from ministack.services import sqs

# AWS lists the last ten tasks of a source queue. They need not outlive the process.
_TASKS_KEPT = 10
_tasks: dict[str, list[dict[str, Any]]] = {}


def apply() -> None:
    sqs._HANDLERS["StartMessageMoveTask"] = _start
    sqs._HANDLERS["ListMessageMoveTasks"] = _list


def _start(data: dict[str, Any], _queue_url: str) -> dict[str, Any]:
    source = _queue(data["SourceArn"])
    destination = data.get("DestinationArn")
    total = len(source["messages"])
    started = int(time.time() * 1000)
    while source["messages"]:
        message = source["messages"][0]
        origin = message.get("sys", {}).get("DeadLetterQueueSourceArn")
        target = _queue(destination or origin)
        target["messages"].append(_fresh(source["messages"].pop(0)))
    esm_wake.set()
    task = {
        "TaskHandle": str(uuid.uuid4()),
        "Status": "COMPLETED",
        "SourceArn": data["SourceArn"],
        "ApproximateNumberOfMessagesMoved": total,
        "ApproximateNumberOfMessagesToMove": total,
        "StartedTimestamp": started,
    }
    if destination:
        task["DestinationArn"] = destination
    tasks = _tasks.setdefault(data["SourceArn"], [])
    tasks.insert(0, task)
    del tasks[_TASKS_KEPT:]
    return {"TaskHandle": task["TaskHandle"]}


def _list(data: dict[str, Any], _queue_url: str) -> dict[str, Any]:
    tasks = _tasks.get(data["SourceArn"], [])[: int(data.get("MaxResults", 1))]
    # A finished task has no handle: it can no longer be cancelled.
    return {"Results": [{k: v for k, v in task.items() if k != "TaskHandle"} for task in tasks]}


def _queue(arn: str | None) -> dict[str, Any]:
    queue: dict[str, Any] | None = sqs._queue_by_arn(arn) if arn else None
    if queue is None:
        raise sqs._Err("ResourceNotFoundException", "The specified queue does not exist.", 404)
    return queue


def _fresh(message: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in message.get("sys", {}).items() if k != "DeadLetterQueueSourceArn"}
    now = time.time()
    return {**message, "sys": kept, "receive_count": 0, "receipt_handle": None, "visible_at": now}
