"""Workspaces: fields, triggers, filters, preview, changes."""

import pytest

from tests.support.roles import stored_role
from tests.support.workspaces import (
    WORKSPACES,
    new_company,
    new_workspace,
    post_workspace,
    schedule_of,
    stored,
)

PREVIEW = f"{WORKSPACES}/preview"


def refused_field(answer) -> str:
    assert answer.status == 400, answer.text
    return answer.error["details"]["field"]


def test_a_workspace_is_shown_as_it_was_made(client):
    company = new_company(client)["id"]
    made = new_workspace(client, company)
    assert made == {
        "id": made["id"],
        "companyId": company,
        "name": "每日简报",
        "type": "report",
        "triggerType": "daily",
        "triggerValue": "13:00",
        "timezone": "Asia/Shanghai",
        "reportRule": "总结昨天的产出、文档和用量。",
        "roleId": None,
        "knowledgeBaseIds": [],
        "status": "active",
        "missedPolicy": "none",
        "overlapPolicy": "skip",
        "asyncStatus": "idle",
        "lastRunAt": None,
        "nextRunAt": "2026-11-22T05:00:00Z",
        "createdAt": "2026-11-22T04:00:00Z",
        "updatedAt": "2026-11-22T04:00:00Z",
    }
    assert client.get(f"{WORKSPACES}/{made['id']}").data == made


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "长" * 121}, "name"),
        ({"companyId": "company_x"}, "companyId"),
        ({"type": "poem"}, "type"),
        ({"triggerType": "hourly"}, "triggerType"),
        ({"triggerValue": "25:00"}, "triggerValue"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"triggerType": "once", "triggerValue": "2026-02-30T09:00"}, "triggerValue"),
        ({"triggerType": "once", "triggerValue": "2026-11-22T11:59"}, "triggerValue"),
        ({"triggerType": "interval", "triggerValue": "1m"}, "triggerValue"),
        ({"triggerType": "manual", "triggerValue": "09:00"}, "triggerValue"),
        ({"reportRule": " "}, "reportRule"),
        ({"reportRule": "长" * 8_001}, "reportRule"),
        ({"roleId": "role_x"}, "roleId"),
        ({"knowledgeBaseIds": ["kb_x"]}, "knowledgeBaseIds"),
        ({"knowledgeBaseIds": "kb_x"}, "knowledgeBaseIds"),
        ({"status": "running"}, "status"),
        ({"missedPolicy": "all"}, "missedPolicy"),
        ({"overlapPolicy": "kill"}, "overlapPolicy"),
        ({"color": "red"}, "color"),
    ],
)
def test_a_bad_workspace_is_refused_with_the_field(client, fields, field):
    company = new_company(client)["id"]
    assert refused_field(post_workspace(client, company, **fields)) == field
    assert client.get(WORKSPACES).data["total"] == 0


def test_every_mistake_of_a_cron_is_listed(client):
    company = new_company(client)["id"]
    answer = post_workspace(client, company, triggerType="cron", triggerValue="61 25 32 13 9 1969")
    assert refused_field(answer) == "triggerValue"
    errors = answer.error["details"]["errors"]
    assert len(errors) == 6
    assert {error["field"] for error in errors} == {"triggerValue"}


def test_a_role_of_somebody_else_is_refused_unless_it_is_public(client, caller):
    company = new_company(client)["id"]
    private = stored_role(caller.other_user_id)
    public = stored_role(caller.other_user_id, is_public=True)
    assert refused_field(post_workspace(client, company, roleId=private.id)) == "roleId"
    assert post_workspace(client, company, roleId=public.id).status == 201


def test_filters_go_together_and_count_what_passes(client):
    first, second = new_company(client)["id"], new_company(client)["id"]
    daily = new_workspace(client, first)["id"]
    paused = new_workspace(client, first, status="paused")["id"]
    manual = new_workspace(client, second, triggerType="manual", triggerValue="")["id"]
    found = {
        name: [item["id"] for item in client.get(WORKSPACES, **query).data["items"]]
        for name, query in {
            "all": {},
            "company": {"companyId": first},
            "status": {"status": "paused"},
            "trigger": {"triggerType": "manual"},
            "both": {"companyId": first, "status": "active"},
            "async": {"asyncStatus": "idle", "companyId": second},
            "none": {"asyncStatus": "failed"},
        }.items()
    }
    assert found == {
        "all": [manual, paused, daily],
        "company": [paused, daily],
        "status": [paused],
        "trigger": [manual],
        "both": [daily],
        "async": [manual],
        "none": [],
    }
    assert client.get(WORKSPACES, companyId=first, page_size=1).data["total"] == 2
    assert client.get(WORKSPACES, status="unknown").status == 400


def test_a_preview_tells_the_next_moments_and_makes_nothing(client):
    body = {"triggerType": "monthly", "triggerValue": "31 09:00", "count": 3}
    answer = client.post(PREVIEW, body)
    assert answer.data == {
        "items": ["2026-11-30T01:00:00Z", "2026-12-31T01:00:00Z", "2027-01-31T01:00:00Z"]
    }
    assert client.get(WORKSPACES).data["total"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"triggerType": "daily", "triggerValue": "9"}, "triggerValue"),
        ({"triggerType": "daily", "triggerValue": "09:00", "timezone": "X"}, "timezone"),
        ({"triggerType": "daily", "triggerValue": "09:00", "count": 21}, "count"),
        ({"triggerType": "daily", "triggerValue": "09:00", "count": 0}, "count"),
        ({"triggerValue": "09:00"}, "triggerType"),
    ],
)
def test_a_bad_preview_is_refused_with_the_field(client, body, field):
    assert refused_field(client.post(PREVIEW, body)) == field


def test_a_preview_of_manual_is_empty(client):
    assert client.post(PREVIEW, {"triggerType": "manual"}).data == {"items": []}


def test_a_changed_trigger_moves_next_run_and_schedule(client, world):
    made = new_workspace(client)
    world.settle()
    path = f"{WORKSPACES}/{made['id']}"
    changed = client.put(path, {"triggerType": "weekly", "triggerValue": "TUE 08:30"}).data
    assert changed["nextRunAt"] == "2026-11-24T00:30:00Z"
    assert changed["name"] == made["name"]
    world.settle()
    schedule = schedule_of(made["id"])
    assert schedule is not None
    assert schedule["ScheduleExpression"] == "cron(30 8 ? * TUE *)"


def test_a_zone_alone_moves_next_run_too(client):
    made = new_workspace(client)
    changed = client.put(f"{WORKSPACES}/{made['id']}", {"timezone": "UTC"}).data
    assert changed["nextRunAt"] == "2026-11-22T13:00:00Z"


def test_a_change_to_manual_needs_no_value(client, world):
    made = new_workspace(client)
    world.settle()
    changed = client.put(f"{WORKSPACES}/{made['id']}", {"triggerType": "manual"}).data
    assert (changed["triggerValue"], changed["nextRunAt"]) == ("", None)
    world.settle()
    assert schedule_of(made["id"]) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"triggerType": "interval"}, "triggerValue"),
        ({"triggerValue": "25:00"}, "triggerValue"),
        ({"timezone": "X/Y"}, "timezone"),
        ({"companyId": "company_x"}, "companyId"),
        ({"name": None}, "name"),
        ({"reportRule": ""}, "reportRule"),
        ({"roleId": "role_x"}, "roleId"),
    ],
)
def test_a_bad_change_is_refused_and_changes_nothing(client, change, field):
    made = new_workspace(client)
    assert refused_field(client.put(f"{WORKSPACES}/{made['id']}", change)) == field
    assert client.get(f"{WORKSPACES}/{made['id']}").data == made


def test_an_expired_once_may_be_renamed(client, world, caller):
    made = new_workspace(client, triggerType="once", triggerValue="2026-11-22T12:30")
    world.pass_time(minutes=40)
    world.settle()
    changed = client.put(f"{WORKSPACES}/{made['id']}", {"name": "改名"})
    assert changed.status == 200
    assert changed.data["nextRunAt"] is None
    assert stored(caller.user_id, made["id"]).next_at is None


def test_an_interval_counts_from_the_change_and_a_pause_does_not_move_it(client, world):
    made = new_workspace(client, triggerType="interval", triggerValue="1h")
    assert made["nextRunAt"] == "2026-11-22T05:00:00Z"
    path = f"{WORKSPACES}/{made['id']}"
    world.pass_time(minutes=10)
    assert client.put(path, {"name": "改名"}).data["nextRunAt"] == "2026-11-22T05:00:00Z"
    assert client.put(path, {"status": "paused"}).data["nextRunAt"] is None
    assert client.put(path, {"status": "active"}).data["nextRunAt"] == "2026-11-22T05:00:00Z"
    changed = client.put(path, {"triggerValue": "30m"}).data
    assert changed["nextRunAt"] == "2026-11-22T04:40:00Z"


def test_what_was_read_may_be_sent_back(client):
    made = new_workspace(client)
    assert client.put(f"{WORKSPACES}/{made['id']}", made).data == made


def test_the_same_key_makes_one_workspace(client):
    company = new_company(client)["id"]
    answers = [
        client.call(
            "POST",
            WORKSPACES,
            body={
                "name": "一个", "companyId": company, "type": "custom",
                "triggerType": "manual", "reportRule": "写一句话",
            },
            headers={"idempotency-key": "key-1"},
        )
        for _ in range(2)
    ]  # fmt: skip
    assert answers[0].data == answers[1].data
    assert client.get(WORKSPACES).data["total"] == 1
