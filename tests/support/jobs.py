"""Jobs of learners: asked for over the API, started by their queue, worked on step by step."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from functions.learning_worker.handler import handler as worker
from shared.data.tasks import Task
from shared.messaging import dispatch
from tests.support.http import Answer, Client
from tests.support.tasks import stored

LEARNING = "/api/v1/learning"
RUBRIC = [{"line": "内容切题，论点清楚", "points": 8}, {"line": "语言准确", "points": 7}]
ESSAY = (
    "i think recieve help is good. He like books. They is happy with a apple, "
    "and although it rains, but we go out ."
)
ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:learning-job"


@dataclass
class Started:
    """Executions that were started: `<task>-<attempt>`, in their order."""

    names: list[str] = field(default_factory=list)
    inputs: list[dict[str, Any]] = field(default_factory=list)

    def start(self, machine: str, name: str, body: str) -> None:
        if name not in self.names:
            self.names.append(name)
            self.inputs.append({"machine": machine, **json.loads(body)})


@contextmanager
def started_jobs(patch: pytest.MonkeyPatch) -> Iterator[Started]:
    """What the dispatcher starts is noted instead."""
    started = Started()
    patch.setattr(dispatch, "start_execution", started.start)
    for name in ("LEARNING_JOB", "TASK", "WEBHOOK", "ACCOUNT_DELETION"):
        patch.setenv(f"{name}_STATE_MACHINE_ARN", ARN)
    yield started


def deliver_promises() -> None:
    """What the tables' streams would have delivered, until nothing is promised any more."""
    while ids := _promised():
        for promise_id in ids:
            dispatch.deliver("TASKS_TABLE", promise_id)


def post(client: Client, path: str, **body: Any) -> Answer:
    """POST below /api/v1/learning."""
    return client.call("POST", f"{LEARNING}/{path}", body=body)


def new_job(client: Client, owner_id: str, path: str, **body: Any) -> Task:
    """A job that was accepted."""
    answer = post(client, path, **body)
    assert answer.status == 201, answer.text
    return stored(owner_id, answer.data["task_id"])


def run(step: str, task: Task, **more: Any) -> dict[str, Any]:
    """One step, as the workflow calls it."""
    event = {
        "step": step,
        "task_id": task.id,
        "owner_id": task.owner_id,
        "attempt": task.attempt,
        "request_id": "request-1",
        **more,
    }
    return dict(worker(event, None))


def run_job(task: Task) -> Task:
    """Plan, each part, finish."""
    for part in run("plan", task)["parts"]:
        run("work", task, part=part)
    run("finish", task)
    return stored(task.owner_id, task.id)


def _promised() -> list[str]:
    found = boto3.client("dynamodb").query(
        TableName=os.environ["TASKS_TABLE"],
        IndexName="gsi1",
        KeyConditionExpression="gsi1pk = :p",
        ExpressionAttributeValues={":p": {"S": "OUTBOX"}},
    )
    return [item["pk"]["S"].partition("#")[2] for item in found["Items"]]
