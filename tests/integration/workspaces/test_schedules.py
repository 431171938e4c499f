"""One EventBridge schedule per active timed workspace, whatever goes wrong in between."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from shared.aws.clients import client as aws_client
from shared.aws.scheduler import Schedule
from shared.workspaces.schedules import reconcile, schedule_group, sync_schedule
from tests.support.aws import REGION, SCHEDULE_GROUP
from tests.support.workspaces import (
    COMPANIES,
    WORKSPACES,
    client_of,
    new_company,
    new_workspace,
    schedule_of,
    stored,
)


def names() -> list[str]:
    found = boto3.client("scheduler", REGION).list_schedules(GroupName=SCHEDULE_GROUP)
    return sorted(item["Name"] for item in found["Schedules"])


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Lets the Scheduler API fail, or work again."""
    real = aws_client("scheduler")

    class Away:
        exceptions = real.exceptions

        def __getattr__(self, name: str) -> Any:
            def refuse(**_: Any) -> None:
                raise ClientError({"Error": {"Code": "InternalServerException"}}, name)

            return refuse

    def switch(away: bool) -> None:
        monkeypatch.setattr("shared.aws.scheduler.client", lambda _: Away() if away else real)

    return switch


def test_a_schedule_is_made_in_the_time_zone_of_its_workspace(client, caller, world):
    made = new_workspace(client, triggerValue="09:00", timezone="America/New_York")
    world.settle()
    found = schedule_of(made["id"])
    assert found is not None
    assert found["ScheduleExpression"] == "cron(0 9 * * ? *)"
    assert found["ScheduleExpressionTimezone"] == "America/New_York"
    assert found["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert found["Target"]["Arn"].endswith(":rolecraft-test-workspaces")
    assert json.loads(found["Target"]["Input"]) == {
        "kind": "firing",
        "owner_id": caller.user_id,
        "workspace_id": made["id"],
        "scheduled_at": "<aws.scheduler.scheduled-time>",
    }


def test_an_interval_starts_at_its_first_step(client, world):
    made = new_workspace(client, triggerType="interval", triggerValue="45m")
    world.settle()
    found = schedule_of(made["id"])
    assert found is not None
    assert found["ScheduleExpression"] == "rate(45 minutes)"
    assert str(found["StartDate"]).startswith("2026-11-22 04:45:00")


def test_once_removes_itself_when_it_has_fired(client, world):
    made = new_workspace(client, triggerType="once", triggerValue="2026-11-22T13:00")
    world.settle()
    found = schedule_of(made["id"])
    assert found is not None
    assert found["ScheduleExpression"] == "at(2026-11-22T13:00:00)"
    assert found["ActionAfterCompletion"] == "DELETE"


@pytest.mark.parametrize("status", ["paused", "archived"])
def test_only_active_timed_workspaces_have_one(client, world, status):
    company = new_company(client)["id"]
    active = new_workspace(client, company)["id"]
    new_workspace(client, company, status=status)
    new_workspace(client, company, triggerType="manual", triggerValue="")
    world.settle()
    assert names() == [active]
    client.put(f"{WORKSPACES}/{active}", {"status": status})
    world.settle()
    assert names() == []
    client.put(f"{WORKSPACES}/{active}", {"status": "active"})
    world.settle()
    assert names() == [active]


def test_it_goes_with_its_workspace_and_with_its_company(client, world):
    company = new_company(client)["id"]
    first, second = (new_workspace(client, company)["id"] for _ in range(2))
    world.settle()
    client.delete(f"{WORKSPACES}/{first}")
    world.settle()
    assert names() == [second]
    client.delete(f"{COMPANIES}/{company}", cascade="true")
    world.settle()
    assert names() == []


def test_a_scheduler_that_fails_after_the_table_write_is_asked_again(client, world, failing):
    made = new_workspace(client)
    failing(True)
    with pytest.raises(ClientError):
        world.deliver_promises()
    assert schedule_of(made["id"]) is None
    failing(False)
    world.settle()
    assert names() == [made["id"]]


def test_a_sync_that_meets_a_change_follows_it(client, caller, world, monkeypatch):
    """The workspace is deleted between the look at the table and the call of the Scheduler."""
    made = new_workspace(client)
    group = schedule_group()
    real = type(group).put

    def deleting(self, schedule: Schedule, *, exists: bool) -> None:
        client.delete(f"{WORKSPACES}/{made['id']}")
        real(self, schedule, exists=exists)

    monkeypatch.setattr(type(group), "put", deleting)
    sync_schedule(caller.user_id, made["id"])
    assert names() == []


def test_syncs_may_come_twice_and_late(client, caller, world):
    made = new_workspace(client)
    for _ in range(2):
        sync_schedule(caller.user_id, made["id"])
    client.put(f"{WORKSPACES}/{made['id']}", {"triggerValue": "10:30"})
    world.settle()
    sync_schedule(caller.user_id, made["id"])
    found = schedule_of(made["id"])
    assert found is not None
    assert found["ScheduleExpression"] == "cron(30 10 * * ? *)"


def test_the_comparison_mends_what_is_missing_moved_and_orphaned(client, caller, world):
    company = new_company(client)["id"]
    good, missing, moved, paused = (new_workspace(client, company)["id"] for _ in range(4))
    every = new_workspace(client, company, triggerType="interval", triggerValue="1h")["id"]
    world.settle()
    scheduler = boto3.client("scheduler", REGION)
    group = schedule_group()
    scheduler.delete_schedule(GroupName=SCHEDULE_GROUP, Name=missing)
    owned = schedule_of(moved)
    assert owned is not None
    changed = Schedule(moved, "cron(1 1 * * ? *)", "UTC", owned["Target"]["Input"])
    group.put(changed, exists=True)
    client.put(f"{WORKSPACES}/{paused}", {"status": "paused"})  # its promise is not kept yet
    group.put(Schedule("ws_of_nobody", "rate(1 days)", "UTC", "{}"), exists=False)
    report = reconcile(60)
    assert report.created == [missing]
    assert report.moved == [moved]
    assert sorted(report.removed) == sorted([paused, "ws_of_nobody"])
    assert (report.checked, report.next) == (6, None)
    assert names() == sorted([good, missing, moved, every])
    assert reconcile(60).checked == 5  # the paused one has moments too, and no schedule
    found = schedule_of(moved)
    assert found is not None
    assert found["ScheduleExpression"] == "cron(0 13 * * ? *)"


def test_the_comparison_goes_on_where_it_stopped(client, caller, world):
    company = new_company(client)["id"]
    made = [new_workspace(client, company)["id"] for _ in range(10)]
    assert reconcile(0).next == ""
    assert names() == []
    first = reconcile(60, after=made[7])
    assert first.created == made[8:]
    assert reconcile(60).created == made[:8]


def test_an_administrator_compares_over_the_api(client, caller, world):
    made = new_workspace(client)
    answer = client_of(caller.admin).post("/api/v1/admin/schedules/reconcile", {})
    assert answer.data["created"] == [made["id"]]
    assert names() == [made["id"]]


def test_an_index_behind_the_table_removes_no_living_schedule(client, caller, world, monkeypatch):
    made = new_workspace(client)
    world.settle()
    monkeypatch.setattr("shared.workspaces.schedules.find_timed_workspaces", lambda: iter(()))
    assert reconcile(60).removed == []
    assert names() == [made["id"]]
    assert stored(caller.user_id, made["id"]).next_at is not None
