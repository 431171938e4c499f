"""Workspaces on the running system: a schedule fires, a run goes through the queue."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.e2e import flows
from tests.e2e.conftest import ROOT, System

SHANGHAI = ZoneInfo("Asia/Shanghai")

pytestmark = pytest.mark.takes(130)


def new_company(client: httpx.Client) -> str:
    return str(flows.data(client.post("/companies", json={"name": "朗道科技"}), 201)["id"])


def new_workspace(client: httpx.Client, company: str, **fields: Any) -> dict[str, Any]:
    body = {
        "name": "昨日简报",
        "companyId": company,
        "type": "report",
        "reportRule": "总结昨天的产出、文档和用量。",
        **fields,
    }
    made: dict[str, Any] = flows.data(client.post("/workspaces", json=body), 201)
    return made


def runs(client: httpx.Client, workspace: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = flows.data(client.get(f"/workspaces/{workspace}/runs"))["items"]
    return found


def ended_run(
    client: httpx.Client, workspace: str, seconds: float = flows.PATIENCE_SECONDS
) -> dict[str, Any]:
    def ended() -> list[dict[str, Any]]:
        return [run for run in runs(client, workspace) if run["status"] == "succeeded"]

    run: dict[str, Any] = flows.eventually(ended, seconds)[0]
    return run


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_workspace_two_minutes_ahead_fires_within_its_minute(system: System) -> None:
    client = system.new_user()
    company = new_company(client)
    due = (datetime.now(SHANGHAI) + timedelta(minutes=2)).replace(second=0, microsecond=0)
    made = new_workspace(client, company, triggerType="daily", triggerValue=f"{due:%H:%M}")
    assert moment(made["nextRunAt"]) == due
    run = ended_run(client, made["id"], 120 + flows.PATIENCE_SECONDS)
    assert moment(run["plannedAt"]) == due
    assert timedelta() <= moment(run["startedAt"]) - due < timedelta(minutes=1)
    assert (run["late"], run["attempts"]) == (False, 1)
    detail = flows.data(client.get(f"/companies/{company}"))
    assert detail["stats"] == {"workspaceCount": 1, "outcomeCount": 1}
    (recent,) = detail["recentOutcomes"]
    assert recent["id"] == run["outcome"]["id"]
    outcome = flows.data(client.get(f"/outcomes/{recent['id']}"))
    assert outcome["content"].startswith("我是离线模型") or outcome["usage"]["tokens"] > 0
    after = flows.data(client.get(f"/works/{made['id']}"))
    assert moment(after["nextRunAt"]) == due + timedelta(days=1)


def test_a_run_on_demand_uses_knowledge_and_cites_it(system: System) -> None:
    client = system.new_user()
    base = flows.data(client.get("/knowledge-bases"))["items"][0]["id"]
    text = "# 退款政策\n\n客户在签收后 30 天内可以申请全额退款。\n"
    document = flows.uploaded(client, "policy.md", text.encode(), knowledge_base_id=base)
    assert flows.finished_document(client, document)["status"] == "completed"
    role = flows.role_knowing(client, [base], "builtin")
    made = new_workspace(
        client,
        new_company(client),
        triggerType="manual",
        roleId=role,
        reportRule="多少天内可以退款？",
    )
    answer = client.post(f"/workspaces/{made['id']}/run")
    assert answer.status_code == 202
    run = ended_run(client, made["id"])
    outcome = flows.data(client.get(f"/outcomes/{run['outcome']['id']}"))
    assert "30 天" in outcome["content"]
    assert [source["documentName"] for source in outcome["sources"]] == ["policy.md"]


def rolecraft(system: System, *arguments: str) -> Any:
    """`rolecraft …` as an operator of the running system."""
    admin = system.demo_admin()
    token = admin.headers["Authorization"].removeprefix("Bearer ")
    environment = {**os.environ, "ROLECRAFT_URL": system.url, "ROLECRAFT_TOKEN": token}
    done = subprocess.run(
        [sys.executable, "-m", "cli", *arguments, "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_schedules_agree_with_the_table_as_the_command_says(system: System) -> None:
    client = system.new_user()
    made = new_workspace(client, new_company(client), triggerType="interval", triggerValue="1d")

    def agree() -> bool:
        found = rolecraft(system, "schedules", "reconcile")
        return found["checked"] > 0 and made["id"] not in found["created"]

    flows.eventually(agree)
    found = rolecraft(system, "schedules", "reconcile")
    assert (found["created"], found["moved"], found["removed"]) == ([], [], [])
