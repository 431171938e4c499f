"""Runs: what they make, who may ask for them, cancelling, pausing, removal."""

import asyncio
from datetime import timedelta
from threading import Thread

from shared.data.ledger_days import find_figures
from shared.data.outcomes import find_outcome
from shared.workspaces import report
from shared.workspaces.planning import plan_due
from tests.support.documents import stored_document
from tests.support.models import ScriptedModel, says, serve
from tests.support.roles import stored_role
from tests.support.workspaces import (
    COMPANIES,
    OUTCOMES,
    WORKSPACES,
    fire,
    fire_at_one,
    made_day,
    new_company,
    only_run,
    runs_of,
    stored,
)


def test_a_run_leaves_an_outcome_that_can_be_read(client, caller, world, workspace, model):
    model.scripts = [says("# 昨日", "简报\n\n一切**正常**。\n\n- 无新增", "文档")]
    made = workspace()
    fire_at_one(world, made)
    run = only_run(made.id)
    shown = client.get(f"{WORKSPACES}/{made.id}/runs/{run.id}").data
    assert shown == {
        "id": run.id,
        "workspaceId": made.id,
        "companyId": made.company_id,
        "trigger": "schedule",
        "status": "succeeded",
        "reason": None,
        "plannedAt": "2026-11-22T05:00:00Z",
        "late": False,
        "attempts": 1,
        "createdAt": "2026-11-22T05:00:10Z",
        "startedAt": "2026-11-22T05:00:10Z",
        "finishedAt": "2026-11-22T05:00:10Z",
        "outcome": {"id": run.outcome_id},
        "error": None,
        "usage": {"tokens": 30, "promptTokens": 20, "completionTokens": 10, "cost": 0.0},
    }
    outcome = client.get(f"{OUTCOMES}/{run.outcome_id}").data
    assert outcome["title"] == "昨日简报"
    assert outcome["summary"] == "一切正常。 无新增文档"
    assert outcome["content"].startswith("# 昨日简报")
    assert outcome["workspaceName"] == "每日简报"
    assert (outcome["runId"], outcome["sources"]) == (run.id, [])
    (recent,) = client.get(f"{COMPANIES}/{made.company_id}").data["recentOutcomes"]
    assert recent["id"] == run.outcome_id


def test_the_offline_model_reports_yesterdays_facts(client, caller, world, workspace):
    made = workspace(triggerType="interval", triggerValue="1d")
    client.post(f"{WORKSPACES}/{made.id}/run")
    world.settle()
    stored_document(caller.user, caller.user_id)
    world.pass_time(days=1)
    fire(world, made)
    newest = runs_of(made.id)[0]
    content = client.get(f"{OUTCOMES}/{newest.outcome_id}").data["content"]
    assert content.startswith("我是离线模型，以下只列出现有数据，未作分析：")
    assert "## 2026-11-22 的产出\n\n- 每日简报 · 2026-11-22：" in content
    assert "## 2026-11-22 新增的文档\n\n- " in content
    assert "合计：1 次模型调用" in content
    assert "其中 workspace：1 次" in content


def test_a_role_and_knowledge_speak_and_are_cited(client, caller, world, workspace, monkeypatch):
    role = stored_role(caller.user_id, system_prompt="你是财务主管。")
    model = serve(monkeypatch, ScriptedModel())
    made = workspace(roleId=role.id)
    fire_at_one(world, made)
    system, asked = model.requests[0].messages
    assert system.content.startswith("你是财务主管。")
    assert "总结昨天的产出、文档和用量。" in asked.content
    assert "<facts>" in asked.content
    figures = find_figures(caller.user_id, made_day(world), made_day(world) + timedelta(days=1))
    assert figures["feature#workspace"].requests == 1
    assert figures[f"role#{role.id}"].tokens == 30


def test_a_manual_run_is_refused_while_one_is_open(client, world, workspace):
    made = workspace(triggerType="manual", triggerValue="")
    path = f"{WORKSPACES}/{made.id}/run"
    first = client.post(path)
    assert first.data == {"runId": first.data["runId"], "asyncStatus": "queued"}
    assert client.post(path).status == 409
    assert client.get(f"{WORKSPACES}/{made.id}").data["asyncStatus"] == "queued"
    world.settle()
    assert client.post(path).status == 202


def test_the_same_key_runs_once(client, world, workspace):
    made = workspace()
    path = f"{WORKSPACES}/{made.id}/run"
    answers = [client.call("POST", path, headers={"idempotency-key": "k"}) for _ in range(2)]
    assert answers[0].data == answers[1].data
    world.settle()
    assert len(runs_of(made.id)) == 1


def test_an_archived_workspace_is_not_run_and_a_paused_one_is(client, world, workspace):
    made = workspace()
    path = f"{WORKSPACES}/{made.id}"
    client.put(path, {"status": "archived"})
    assert client.post(f"{path}/run").status == 409
    client.put(path, {"status": "paused"})
    assert client.post(f"{path}/run").status == 202
    world.settle()
    assert only_run(made.id).status == "succeeded"


def test_a_queued_run_is_cancelled_and_never_made(client, world, workspace, model):
    made = workspace()
    run_id = client.post(f"{WORKSPACES}/{made.id}/run").data["runId"]
    cancel = f"{WORKSPACES}/{made.id}/runs/{run_id}/cancel"
    assert client.post(cancel).data["status"] == "cancelled"
    again_ = client.post(cancel)
    assert (again_.status, again_.error["details"]) == (409, {"status": "cancelled"})
    world.settle()
    assert model.requests == []
    assert client.get(f"{WORKSPACES}/{made.id}").data["asyncStatus"] == "idle"


def test_a_running_run_is_cancelled_and_its_model_stopped(
    client, world, workspace, model, monkeypatch
):
    monkeypatch.setattr("shared.workspaces.report.SIGN_OF_LIFE_SECONDS", 0.01)
    model.scripts = [[*says("半句")[:1], asyncio.Event()]]
    made = workspace()
    real = model.stream

    async def cancelling(request):
        async for event in real(request):
            yield event
            run = only_run(made.id)
            client_call(client, f"{WORKSPACES}/{made.id}/runs/{run.id}/cancel")

    monkeypatch.setattr(model, "stream", cancelling)
    fire_at_one(world, made)
    run = only_run(made.id)
    assert (run.status, run.outcome_id) == ("cancelled", None)
    assert model.closed == 1
    assert stored(made.owner_id, made.id).active_run is None


def test_pausing_lets_the_run_under_way_end_and_skips_the_queued_one(
    client, world, workspace, model
):
    made = workspace(overlapPolicy="queue", triggerType="interval", triggerValue="1h")
    for hour in (5, 6):
        world.now = world.now.replace(hour=hour)
        plan_due(made.owner_id, made.id, world.now)
    client.put(f"{WORKSPACES}/{made.id}", {"status": "paused"})
    world.settle()
    assert [(run.status, run.reason) for run in runs_of(made.id)] == [("skipped", "paused")] * 2


def test_a_workspace_deleted_while_it_runs_leaves_no_outcome(
    client, caller, world, workspace, model, monkeypatch
):
    made = workspace()
    real = report.write_report

    def deleting(*arguments):
        answer = real(*arguments)
        assert client.delete(f"{WORKSPACES}/{made.id}").status == 200
        return answer

    monkeypatch.setattr("shared.workspaces.running.write_report", deleting)
    fire_at_one(world, made)
    world.settle()
    assert runs_of(made.id) == []
    assert client.get(f"{COMPANIES}/{made.company_id}").data["stats"] == {
        "workspaceCount": 0, "outcomeCount": 0,
    }  # fmt: skip
    assert find_outcome(caller.user_id, "outcome_01JAAAAAAAAAAAAAAAAAAAAAAA") is None


def test_runs_are_listed_newest_first_and_paged(client, world, workspace, model):
    made = workspace(triggerType="interval", triggerValue="1h")
    for hour in (5, 6, 7):
        world.now = world.now.replace(hour=hour)
        fire(world, made)
    page = client.get(f"{WORKSPACES}/{made.id}/runs", page_size=2).data
    assert [run["plannedAt"][11:13] for run in page["items"]] == ["07", "06"]
    assert (page["total"], page["total_pages"]) == (3, 2)


def test_a_company_that_goes_takes_a_run_with_it(client, world, workspace):
    made = workspace()
    world.now = world.now.replace(hour=5)
    plan_due(made.owner_id, made.id, world.now)
    other = new_company(client)["id"]
    client.delete(f"{COMPANIES}/{made.company_id}", cascade="true")
    world.settle()
    assert client.get(WORKSPACES).data["total"] == 0
    assert client.get(f"{COMPANIES}/{other}").status == 200


def client_call(client, path: str) -> None:
    """From within a running loop, as another process would."""

    def post() -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        client.post(path)
        loop.close()

    thread = Thread(target=post)
    thread.start()
    thread.join()
