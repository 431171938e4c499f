"""Usage, its file, conversations and a budget, over the gateway."""

import csv
import io
import uuid

from tests.e2e import flows
from tests.e2e.conftest import System


def test_a_turn_is_seen_in_usage_conversations_and_the_file(system: System) -> None:
    client = system.new_user()
    role = flows.data(
        client.post("/roles", json={"name": "客服", "system_prompt": "你是客服。"}), 201
    )
    session = flows.data(client.post("/chat-sessions", json={"role_id": role["id"]}), 201)
    flows.data(client.post(f"/chat/{session['id']}/complete", json={"message": "你好"}))
    assert client.delete(f"/roles/{role['id']}").status_code == 200

    usage = flows.data(client.get("/analytics/usage"))
    assert (usage["total_requests"], len(usage["by_date"])) == (1, 30)
    assert usage["by_date"][-1]["requests"] == 1
    assert [(each["role_id"], each["role_name"]) for each in usage["by_role"]] == [
        (role["id"], "客服")
    ]
    found = flows.data(client.get("/analytics/conversations"))
    assert (found["total_conversations"], found["active_conversations"]) == (1, 1)
    file = client.get("/analytics/usage/export", params={"format": "csv"})
    (line,) = csv.DictReader(io.StringIO(file.text, newline=""))
    assert (line["role_name"], line["session_id"]) == ("客服", session["id"])
    assert int(line["prompt_tokens"]) + int(line["completion_tokens"]) == usage["total_tokens"]


def test_a_budget_that_blocks_refuses_what_costs(system: System) -> None:
    client = system.new_user()
    limit = {"monthly_cost_limit": 0.000001, "action": "block"}
    assert flows.data(client.put("/analytics/budget", json=limit))["action"] == "block"

    answer = client.post(
        "/ai/image/task",
        json={"prompt": "一只橘猫"},
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )

    refused = flows.error(answer, 429, "RATE_LIMITED")
    assert refused["details"]["reason"] == "budget"
    assert int(answer.headers["retry-after"]) > 0
