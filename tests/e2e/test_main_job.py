"""The main job, as a client: sign up, upload, make a role that knows it, chat with sources."""

import httpx
import pytest

from tests.e2e import flows
from tests.e2e.conftest import System

POLICY = "# 退款政策\n\n客户在签收后 30 天内可以申请全额退款。产品 RX-7810 的保修期为 24 个月。\n"


def _knowing_role(client: httpx.Client, model: str) -> str:
    base = flows.data(client.get("/knowledge-bases"))["items"][0]["id"]
    document = flows.uploaded(client, "policy.md", POLICY.encode(), knowledge_base_id=base)
    assert flows.finished_document(client, document)["status"] == "completed"
    return flows.role_knowing(client, [base], model)


def _default_model(system: System) -> str:
    models = flows.data(system.new_user().get("/models"))["items"]
    return str(next(m["id"] for m in models if m["provider"] == "openai" and m["kind"] == "chat"))


def test_a_new_user_gets_a_streamed_answer_with_its_source(system: System) -> None:
    client = system.new_user()
    session = flows.session_with(client, _knowing_role(client, "builtin"))
    heard = flows.ask(client, session, "RX-7810 保修多久？")
    assert heard.events[0].keys() == {"message_id", "session_id"}
    assert "24 个月" in heard.content
    assert heard.last["done"] is True
    assert [source["document_name"] for source in heard.last["sources"]] == ["policy.md"]
    assert heard.last["usage"].keys() == {"tokens", "prompt_tokens", "completion_tokens", "cost"}
    assert heard.ids == sorted(set(heard.ids))


def test_the_same_goes_through_a_real_model_protocol(system: System) -> None:
    client = system.new_user()
    session = flows.session_with(client, _knowing_role(client, _default_model(system)))
    heard = flows.ask(client, session, "RX-7810 保修多久？")
    assert heard.content
    assert heard.last["usage"]["completion_tokens"] > 0
    assert heard.last["sources"][0]["document_name"] == "policy.md"


def test_complete_gives_the_whole_answer_and_the_session_keeps_it(system: System) -> None:
    client = system.new_user()
    session = flows.session_with(client, _knowing_role(client, "builtin"))
    answer = client.post(f"/chat/{session}/complete", json={"message": "多少天内可以退款？"})
    turn = flows.data(answer)
    assert "30 天" in turn["content"]
    messages = flows.data(client.get(f"/chat-sessions/{session}"))["messages"]
    assert [m["role"] for m in messages] == ["user", "assistant"]
    assert messages[1]["id"] == turn["message_id"]
    assert messages[1]["content"] == turn["content"]
    assert messages[1]["sources"] == turn["sources"]
    listed = flows.data(client.get("/chat-sessions"))["items"][0]
    assert (listed["id"], listed["message_count"]) == (session, 2)


@pytest.mark.parametrize(
    ("question", "source"),
    [("住宿费的报销标准是多少？", "差旅"), ("How long is the warranty?", "Handbook")],
)
def test_the_demo_roles_answer_from_the_right_demo_document(
    system: System, question: str, source: str
) -> None:
    client = system.demo_user()
    roles = flows.data(client.get("/roles"))["items"]
    assert len(roles) == 2
    for role in roles:
        body = {"model_config": {"model": "builtin"}}
        flows.data(client.put(f"/roles/{role['id']}", json=body))
        heard = flows.ask(client, flows.session_with(client, role["id"]), question)
        assert heard.last["sources"], heard.content
        assert source in heard.last["sources"][0]["document_name"]


def test_the_skills_without_a_service_say_so_and_the_answer_goes_on(system: System) -> None:
    client = system.new_user()
    models = flows.data(client.get("/models"))["items"]
    assert {"builtin", "openai"} <= {model["provider"] for model in models}
