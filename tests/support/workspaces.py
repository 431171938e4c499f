"""Workspaces in a world whose clock, queue and schedules a test holds in its hands."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from functions.workspace_runner.handler import handler as runner
from functions.workspaces.handler import handler as api
from shared.core import clock
from shared.data.workspace_runs import Run, find_run, find_runs
from shared.data.workspaces import Workspace, find_workspace
from shared.messaging import dispatch
from shared.workspaces.planning import plan_due
from shared.workspaces.sweep import plan_overdue_workspaces, revive_neglected_runs
from tests.support.aws import REGION, SCHEDULE_GROUP
from tests.support.http import Answer, Client

COMPANIES, WORKSPACES, OUTCOMES = "/api/v1/companies", "/api/v1/workspaces", "/api/v1/outcomes"
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # in Shanghai, a Sunday


class Runtime:
    """Lambda's context: how much time is left."""

    def __init__(self, milliseconds: int = 600_000) -> None:
        self.left = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.left


@dataclass
class World:
    """The time, and what waits in the queue until its time has come."""

    now: datetime = NOON
    waiting: list[tuple[datetime, str]] = field(default_factory=list)

    def pass_time(self, **span: float) -> None:
        self.now += timedelta(**span)

    def send(self, _: str, body: str, *, delay_s: int = 0, request_id: str = "") -> None:
        self.waiting.append((self.now + timedelta(seconds=delay_s), body))

    def deliver_promises(self) -> int:
        """What the dispatcher does; how many promises it kept."""
        found = boto3.client("dynamodb", REGION).query(
            TableName="rolecraft-test-workspaces",
            IndexName="gsi1",
            KeyConditionExpression="gsi1pk = :p",
            ExpressionAttributeValues={":p": {"S": "OUTBOX"}},
        )
        ids = [item["pk"]["S"].removeprefix("OUTBOX#") for item in found["Items"]]
        return sum(dispatch.deliver("WORKSPACES_TABLE", each) for each in ids)

    def take_due(self) -> list[str]:
        due = [body for moment, body in self.waiting if moment <= self.now]
        self.waiting = [(moment, body) for moment, body in self.waiting if moment > self.now]
        return due

    def settle(self) -> None:
        """Let dispatcher and runner work until nothing is left to do now."""
        while self.deliver_promises() + len(due := self.take_due()):
            for body in due:
                handle(body)

    def sweep(self) -> None:
        """What housekeeping does every minute."""
        plan_overdue_workspaces(self.now)
        revive_neglected_runs(self.now)
        self.settle()


def handle(body: str, attempt: int = 1, runtime: Runtime | None = None) -> list[str]:
    """One message at the runner; the ids of what failed."""
    record = {
        "messageId": "message-1",
        "receiptHandle": "receipt",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(attempt)},
        "messageAttributes": {"request_id": {"stringValue": "request-1"}},
        "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:rolecraft-test-workspaces",
    }
    answer = runner({"Records": [record]}, runtime or Runtime())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def firing(workspace: Workspace, moment: datetime) -> str:
    """The message of a schedule that fires."""
    return json.dumps(
        {
            "kind": "firing",
            "owner_id": workspace.owner_id,
            "workspace_id": workspace.id,
            "scheduled_at": clock.iso(moment),
        }
    )


@contextmanager
def the_world(patch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world that the code under test lives in."""
    world = World()
    for name in ("ACCOUNT_DELETION", "TASK", "WEBHOOK", "LEARNING_JOB"):
        patch.setenv(f"{name}_STATE_MACHINE_ARN", "arn:aws:states:::stateMachine:none")
    patch.setattr(dispatch, "send_message", world.send)
    patch.setattr("shared.messaging.retries.show_again", lambda *_: None)
    with clock.travelling(lambda: world.now.timestamp()):
        yield world


def client_of(credential: str) -> Client:
    return Client(api, credential)


def new_company(client: Client, **fields: Any) -> dict[str, Any]:
    """A company that was created."""
    answer = client.post(COMPANIES, {"name": "朗道科技", "industry": "软件", **fields})
    assert answer.status == 201, answer.text
    data: dict[str, Any] = answer.data
    return data


def workspace_body(company_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "name": "每日简报",
        "companyId": company_id,
        "type": "report",
        "triggerType": "daily",
        "triggerValue": "13:00",
        "reportRule": "总结昨天的产出、文档和用量。",
        **fields,
    }


def post_workspace(client: Client, company_id: str, **fields: Any) -> Answer:
    return client.post(WORKSPACES, workspace_body(company_id, **fields))


def new_workspace(client: Client, company_id: str | None = None, **fields: Any) -> dict[str, Any]:
    """A workspace that was created, of a new company where none is named."""
    answer = post_workspace(client, company_id or new_company(client)["id"], **fields)
    assert answer.status == 201, answer.text
    data: dict[str, Any] = answer.data
    return data


def stored(owner_id: str, workspace_id: str) -> Workspace:
    workspace = find_workspace(owner_id, workspace_id)
    assert workspace is not None
    return workspace


def runs_of(workspace_id: str) -> list[Run]:
    """All runs, newest first."""
    return list(find_runs(workspace_id).runs)


def only_run(workspace_id: str) -> Run:
    (run,) = runs_of(workspace_id)
    return run


def again(run: Run) -> Run:
    """The run as it is stored now."""
    found = find_run(run.workspace_id, run.id)
    assert found is not None
    return found


def fire(world: World, workspace: Workspace) -> None:
    """The schedule fires at the present moment, and all that follows happens."""
    plan_due(workspace.owner_id, workspace.id, world.now)
    world.settle()


def schedule_of(workspace_id: str) -> dict[str, Any] | None:
    """The EventBridge schedule of a workspace."""
    scheduler = boto3.client("scheduler", REGION)
    try:
        found: dict[str, Any] = scheduler.get_schedule(GroupName=SCHEDULE_GROUP, Name=workspace_id)
    except scheduler.exceptions.ResourceNotFoundException:
        return None
    return found


def fire_at_one(world: World, workspace: Workspace) -> None:
    """A schedule of 13:00 in Shanghai fires ten seconds after it."""
    world.now = world.now.replace(hour=5, minute=0, second=10)
    fire(world, workspace)


def retry(world: World, **span: float) -> None:
    """Time passes, and what waited for it happens."""
    world.pass_time(**span)
    world.settle()


def made_day(world: World) -> datetime:
    """The first moment of the present day."""
    return world.now.replace(hour=0, minute=0, second=0, microsecond=0)
