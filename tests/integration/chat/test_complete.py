"""POST /chat/:id/complete: the work of a turn, in its order and with its price."""

import json

import pytest

from shared.ai.errors import ProviderUnavailable
from shared.ai.port import Usage
from shared.core import ids
from shared.core.errors import RateLimited
from shared.core.settings import forget_settings
from shared.data.chat_sessions import Session
from shared.data.roles import ModelConfig
from shared.ledger import ledger
from tests.integration.chat.conftest import CHAT, SESSIONS
from tests.integration.conftest import Callers
from tests.support import ledger as books
from tests.support.chat import stored_session
from tests.support.http import Answer, Client
from tests.support.models import ScriptedModel, calls, says, serve
from tests.support.roles import stored_role


def send(client: Client, session: Session, text: str = "你好", **headers: str) -> Answer:
    return client.post(f"{CHAT}/{session.id}/complete", {"message": text}, **headers)


def messages_of(client: Client, session: Session) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get(f"{SESSIONS}/{session.id}").data["messages"]
    return found


def test_the_answer_has_the_fields_of_the_contract(
    user: Client, session: Session, model: ScriptedModel
) -> None:
    model.scripts = [says("合同", "没有问题。", usage=Usage(31, 7))]
    answer = send(user, session)
    assert answer.status == 200
    assert ids.is_id("msg", answer.data["message_id"])
    assert answer.data["content"] == "合同没有问题。"
    assert answer.data["sources"] == []
    assert answer.data["role_id"] == session.role_id
    assert answer.data["session_id"] == session.id
    assert answer.data["usage"] == {
        "tokens": 38,
        "prompt_tokens": 31,
        "completion_tokens": 7,
        "cost": 0.0,
    }


def test_both_messages_are_saved_and_the_session_knows_of_them(
    user: Client, session: Session, model: ScriptedModel
) -> None:
    model.scripts = [says("答" * 200)]
    answer = send(user, session, "请看一下这份合同。谢谢！")
    asked, answered = messages_of(user, session)
    assert (asked["role"], asked["content"]) == ("user", "请看一下这份合同。谢谢！")
    assert (answered["role"], answered["status"]) == ("assistant", "complete")
    assert answered["id"] == answer.data["message_id"]
    assert answered["usage"] == answer.data["usage"]
    (listed,) = user.get(SESSIONS).data["items"]
    assert listed["message_count"] == 2
    assert listed["last_message"] == "答" * 120
    assert listed["title"] == "请看一下这份合同。"


def test_a_title_that_was_given_stays(user: Client, caller: Callers, model: ScriptedModel) -> None:
    session = stored_session(caller.user_id, title="租房合同")
    send(user, session)
    assert user.get(SESSIONS).data["items"][0]["title"] == "租房合同"


def test_the_model_gets_prompt_history_and_question(
    user: Client, session: Session, model: ScriptedModel
) -> None:
    send(user, session, "第一问")
    send(user, session, "第二问")
    (request,) = model.requests[1:]
    assert [(line.role, line.content) for line in request.messages] == [
        ("system", "你是一名合同助手。"),
        ("user", "第一问"),
        ("assistant", "好的。"),
        ("user", "第二问"),
    ]
    assert (request.temperature, request.top_p, request.max_tokens) == (0.7, 0.9, 1000)


def test_task_mode_says_so_to_the_model(
    user: Client, session: Session, model: ScriptedModel
) -> None:
    user.post(f"{CHAT}/{session.id}/complete", {"message": "写一份合同", "mode": "task"})
    assert "任务模式" in model.requests[0].messages[0].content


def test_each_model_call_is_one_ledger_line(
    user: Client, caller: Callers, session: Session, model: ScriptedModel
) -> None:
    send(user, session)
    (line,) = books.stored_lines(caller.user_id)
    assert (line["prompt_tokens"], line["completion_tokens"]) == (20, 10)
    assert (line["feature"], line["session_id"]) == ("chat", session.id)
    assert (line["role_id"], line["role_name"]) == (session.role_id, "合同助手")
    assert books.counters(caller.user_id) == books.sums_of_lines(caller.user_id)
    assert books.month(caller.user_id)["available"] == 0


def test_skill_rounds_end_in_an_answer_with_a_line_for_each_call(
    user: Client, caller: Callers, model: ScriptedModel
) -> None:
    role = stored_role(caller.user_id, skills=("web_search", "file_processing"))
    session = stored_session(caller.user_id, role_id=role.id)
    model.scripts = [
        calls("web_search", '{"query": "x"}'),
        calls("file_processing"),
        says("搜索暂不可用，您没有文档。"),
    ]
    answer = send(user, session)
    assert answer.data["content"] == "搜索暂不可用，您没有文档。"
    assert answer.data["usage"]["tokens"] == 90
    last = model.requests[-1].messages
    assert [line.role for line in last[-4:]] == ["assistant", "tool", "assistant", "tool"]
    assert "暂未开放" in last[-3].content
    assert '"total": 0' in last[-1].content
    assert len(books.stored_lines(caller.user_id)) == 3
    assert books.counters(caller.user_id) == books.sums_of_lines(caller.user_id)
    assert books.month(caller.user_id)["available"] == 0


def test_a_model_that_never_stops_calling_is_asked_for_an_answer_after_five_rounds(
    user: Client, caller: Callers, model: ScriptedModel
) -> None:
    role = stored_role(caller.user_id, skills=("web_search",))
    session = stored_session(caller.user_id, role_id=role.id)
    model.scripts = [calls("web_search", '{"query": "x"}')] * 5 + [says("到此为止。")]
    assert send(user, session).data["content"] == "到此为止。"
    assert len(model.requests) == 6
    assert model.requests[5].tools == ()


def test_a_budget_that_ends_between_two_rounds_pays_the_first_and_refuses_the_second(
    user: Client,
    caller: Callers,
    model: ScriptedModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    role = stored_role(caller.user_id, skills=("web_search",))
    session = stored_session(caller.user_id, role_id=role.id)
    model.scripts = [calls("web_search", '{"query": "x"}'), says("没有。")]

    def refuse(**_: object) -> None:
        raise RateLimited(details={"reason": "budget"})

    monkeypatch.setattr(ledger, "reserve_now", refuse)
    refused = send(user, session)
    assert (refused.status, refused.error["details"]["reason"]) == (429, "budget")
    assert [message["status"] for message in messages_of(user, session)] == ["complete", "failed"]
    assert len(model.requests) == len(books.stored_lines(caller.user_id)) == 1
    assert books.month(caller.user_id)["available"] == 0


def test_a_failure_keeps_the_question_releases_the_money_and_the_next_try_works(
    user: Client, caller: Callers, session: Session, model: ScriptedModel
) -> None:
    model.scripts = [[ProviderUnavailable("scripted", "down")], says("现在好了。")]
    failed = send(user, session, "在吗？")
    assert (failed.status, failed.error["code"]) == (502, "UPSTREAM_ERROR")
    assert failed.error["details"]["provider"] == "scripted"
    assert failed.error["details"]["reason"] == "unavailable"
    asked, answered = messages_of(user, session)
    assert (asked["content"], asked["status"]) == ("在吗？", "complete")
    assert (answered["content"], answered["status"]) == ("", "failed")
    assert books.stored_lines(caller.user_id) == []
    assert books.month(caller.user_id)["available"] == 0
    assert send(user, session, "在吗？").data["content"] == "现在好了。"
    assert [line.content for line in model.requests[1].messages[1:]] == ["在吗？"]
    assert user.get(SESSIONS).data["items"][0]["message_count"] == 4


@pytest.fixture
def priced(caller: Callers, monkeypatch: pytest.MonkeyPatch) -> tuple[Session, ScriptedModel]:
    """A session with a model that costs 2.50 and 10 USD a million tokens."""
    server = {"name": "openai", "kind": "openai-compatible", "base_url": "http://127.0.0.1:9"}
    monkeypatch.setenv("PROVIDERS", json.dumps([{**server, "models": ["gpt-4o"]}]))
    forget_settings()
    role = stored_role(caller.user_id, model_config=ModelConfig("gpt-4o", 0.7, 1000, 0.9))
    model = serve(monkeypatch, ScriptedModel(name="openai"), "openai")
    return stored_session(caller.user_id, role_id=role.id), model


def test_the_cost_is_exact_in_the_currency_of_the_deployment(
    user: Client, caller: Callers, priced: tuple[Session, ScriptedModel]
) -> None:
    session, model = priced
    model.scripts = [says("好", usage=Usage(1000, 500))]
    answer = send(user, session)
    # (1,000 · 2.50 + 500 · 10) / 1,000,000 USD · 6.9565 = 0.05217375
    assert answer.data["usage"]["cost"] == 0.052174
    (line,) = books.stored_lines(caller.user_id)
    assert (line["cost_micro"], line["provider"]) == (52_174, "openai")
    assert books.month(caller.user_id)["available"] == -52_174
    assert books.month(caller.user_id)["spent"] == 52_174


def test_over_the_budget_nothing_is_saved_and_the_model_not_asked(
    user: Client, caller: Callers, priced: tuple[Session, ScriptedModel]
) -> None:
    session, model = priced
    ledger.set_budget(caller.user_id, 10, "block")
    refused = send(user, session)
    assert (refused.status, refused.error["details"]["reason"]) == (429, "budget")
    assert messages_of(user, session) == []
    assert model.requests == []


def test_a_session_whose_role_is_gone_is_read_and_not_continued(
    user: Client, caller: Callers, model: ScriptedModel
) -> None:
    session = stored_session(caller.user_id, role_id=ids.new_id("role"))
    refused = send(user, session)
    assert (refused.status, refused.error["details"]["reason"]) == (409, "role_gone")
    assert user.get(f"{SESSIONS}/{session.id}").data["role_name"] == "合同助手"


def test_a_role_made_private_again_no_longer_answers_others(
    user: Client, caller: Callers, model: ScriptedModel
) -> None:
    role = stored_role(caller.other_user_id, is_public=False)
    session = stored_session(caller.user_id, role_id=role.id)
    assert send(user, session).status == 409


def test_the_same_key_sends_once(user: Client, session: Session, model: ScriptedModel) -> None:
    first = send(user, session, "只发一次", idempotency_key="k1")
    again = send(user, session, "只发一次", idempotency_key="k1")
    assert again.data == first.data
    assert again.headers["idempotent-replay"] == "true"
    assert len(messages_of(user, session)) == 2
    assert send(user, session, "另一条", idempotency_key="k1").status == 409


@pytest.mark.parametrize("body", [{}, {"message": ""}, {"message": "  \n"}, {"message": 5}])
def test_a_message_that_says_nothing_is_refused(
    user: Client, session: Session, body: dict[str, object]
) -> None:
    answer = user.post(f"{CHAT}/{session.id}/complete", body)
    assert (answer.status, answer.error["details"]["field"]) == (400, "message")


def test_a_message_has_at_most_32000_characters(
    user: Client, session: Session, model: ScriptedModel
) -> None:
    assert send(user, session, "长" * 32_000).status == 200
    assert send(user, session, "长" * 32_001).status == 400
