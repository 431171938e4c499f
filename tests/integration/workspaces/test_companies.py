"""Companies: fields, lists, the detail with its counts, deletion."""

import pytest

from shared.data.companies import find_company
from tests.support.http import Client
from tests.support.workspaces import (
    COMPANIES,
    OUTCOMES,
    WORKSPACES,
    World,
    new_company,
    new_workspace,
    only_run,
    runs_of,
    schedule_of,
)


def run(client: Client, world: World, workspace_id: str) -> None:
    assert client.post(f"{WORKSPACES}/{workspace_id}/run").status == 202
    world.settle()


def test_a_company_is_shown_as_it_was_made(client):
    made = new_company(client, name=" 朗道 ", description="做软件", industry="软件")
    assert made["name"] == "朗道"
    assert made["createdAt"] == "2026-11-22T04:00:00Z"
    assert made["stats"] == {"workspaceCount": 0, "outcomeCount": 0}
    assert client.get(f"{COMPANIES}/{made['id']}").data == {**made, "recentOutcomes": []}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "长" * 81}, "name"),
        ({"name": 7}, "name"),
        ({"name": "a", "industry": "长" * 81}, "industry"),
        ({"name": "a", "description": None}, "description"),
        ({"name": "a", "size": 3}, "size"),
    ],
)
def test_a_bad_company_is_refused_with_the_field(client, body, field):
    answer = client.post(COMPANIES, body)
    assert answer.status == 400
    assert answer.error["details"]["field"] == field
    assert client.get(COMPANIES).data["total"] == 0


def test_lists_are_newest_first_and_paged(client):
    made = [new_company(client, name=f"公司 {number}")["id"] for number in range(5)]
    page = client.get(COMPANIES, page=2, page_size=2).data
    assert [item["id"] for item in page["items"]] == [made[2], made[1]]
    assert (page["total"], page["total_pages"]) == (5, 3)
    assert client.get(COMPANIES, page=9).data["items"] == []


def test_a_change_keeps_what_is_not_sent(client):
    made = new_company(client, description="做软件")
    changed = client.put(f"{COMPANIES}/{made['id']}", {"industry": "教育"}).data
    assert (changed["description"], changed["industry"]) == ("做软件", "教育")


def test_what_was_read_may_be_sent_back(client):
    made = new_company(client)
    whole = client.get(f"{COMPANIES}/{made['id']}").data
    del whole["id"]
    assert client.put(f"{COMPANIES}/{made['id']}", whole).status == 200


def test_the_detail_counts_workspaces_and_outcomes(client, world):
    company = new_company(client)["id"]
    workspaces = [new_workspace(client, company, name=f"任务 {n}")["id"] for n in range(2)]
    for _ in range(6):
        for workspace_id in workspaces:
            world.pass_time(seconds=1)
            run(client, world, workspace_id)
    detail = client.get(f"{COMPANIES}/{company}").data
    assert detail["stats"] == {"workspaceCount": 2, "outcomeCount": 12}
    recent = detail["recentOutcomes"]
    assert len(recent) == 10
    assert recent[0]["workspaceId"] == workspaces[1]
    assert recent[0]["workspaceName"] == "任务 1"
    assert set(recent[0]) == {
        "id", "workspaceId", "workspaceName", "title", "summary", "status", "createdAt",
    }  # fmt: skip
    assert [item["createdAt"] for item in recent] == sorted(
        (item["createdAt"] for item in recent), reverse=True
    )


def test_a_renamed_workspace_is_shown_by_its_present_name(client, world):
    company = new_company(client)["id"]
    workspace_id = new_workspace(client, company)["id"]
    run(client, world, workspace_id)
    client.put(f"{WORKSPACES}/{workspace_id}", {"name": "新名字"})
    (recent,) = client.get(f"{COMPANIES}/{company}").data["recentOutcomes"]
    assert recent["workspaceName"] == "新名字"


def test_a_deleted_workspace_takes_its_outcomes_out_of_the_detail_at_once(client, world):
    company = new_company(client)["id"]
    kept, gone = (new_workspace(client, company)["id"] for _ in range(2))
    run(client, world, kept)
    run(client, world, gone)
    outcome = only_run(gone).outcome_id
    client.delete(f"{WORKSPACES}/{gone}")
    detail = client.get(f"{COMPANIES}/{company}").data
    assert detail["stats"] == {"workspaceCount": 1, "outcomeCount": 1}
    assert [item["workspaceId"] for item in detail["recentOutcomes"]] == [kept]
    assert client.get(f"{OUTCOMES}/{outcome}").status == 404
    world.settle()
    assert runs_of(gone) == []


def test_a_company_with_workspaces_is_kept_unless_they_are_to_go_too(client, world):
    company = new_company(client)["id"]
    workspaces = [new_workspace(client, company)["id"] for _ in range(30)]
    run(client, world, workspaces[0])
    world.settle()
    answer = client.delete(f"{COMPANIES}/{company}")
    assert answer.status == 409
    assert answer.error["details"]["workspace_count"] == 30
    assert client.delete(f"{COMPANIES}/{company}", cascade="true").status == 200
    assert client.get(f"{COMPANIES}/{company}").status == 404
    world.settle()
    assert client.get(WORKSPACES).data["total"] == 0
    assert not [each for each in workspaces if runs_of(each) or schedule_of(each)]


def test_only_true_cascades(client):
    company = new_company(client)["id"]
    assert client.delete(f"{COMPANIES}/{company}", cascade="maybe").status == 400


def test_a_workspace_moves_between_companies_and_its_outcomes_stay(client, world):
    first, second = new_company(client)["id"], new_company(client)["id"]
    workspace_id = new_workspace(client, first)["id"]
    run(client, world, workspace_id)
    client.put(f"{WORKSPACES}/{workspace_id}", {"companyId": second})
    run(client, world, workspace_id)
    stats = [client.get(f"{COMPANIES}/{each}").data["stats"] for each in (first, second)]
    assert stats == [
        {"workspaceCount": 0, "outcomeCount": 1},
        {"workspaceCount": 1, "outcomeCount": 1},
    ]
    client.delete(f"{WORKSPACES}/{workspace_id}")
    for each in (first, second):
        stats = client.get(f"{COMPANIES}/{each}").data["stats"]
        assert stats == {"workspaceCount": 0, "outcomeCount": 0}


def test_the_same_key_makes_one_company(client, caller):
    answers = [
        client.call("POST", COMPANIES, body={"name": "一家"}, headers={"idempotency-key": "key-1"})
        for _ in range(2)
    ]
    assert answers[0].data["id"] == answers[1].data["id"]
    assert client.get(COMPANIES).data["total"] == 1
    found = find_company(caller.user_id, answers[0].data["id"])
    assert found is not None
