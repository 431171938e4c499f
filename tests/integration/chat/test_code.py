"""The skill that runs code: the model's own code, its result to the model, the same limits."""

import json
from typing import Any

import pytest

from shared.ai.port import ToolCall, ToolCalls
from shared.chat.code import MOST_PER_ANSWER, SHOWN_CHARS, TIMEOUT_MS
from shared.core import clock
from shared.data.chat_sessions import Session
from shared.flow.limits import TokenLimit
from tests.integration.chat.conftest import CHAT
from tests.integration.conftest import Callers
from tests.support.chat import stored_session
from tests.support.flow import FakeExecutor, error, install_executor, result
from tests.support.http import Answer, Client
from tests.support.models import USAGE, Finished, ScriptedModel, calls, says
from tests.support.roles import stored_role

SUM = json.dumps({"code": "return input.a + 1", "input": {"a": 1}})


@pytest.fixture
def executor(aws: None, monkeypatch: pytest.MonkeyPatch) -> FakeExecutor:
    return install_executor(monkeypatch)


@pytest.fixture
def computing(caller: Callers) -> Session:
    """A session with a role that may run code."""
    role = stored_role(caller.user_id, skills=("code_execution",))
    return stored_session(caller.user_id, role_id=role.id)


def send(client: Client, session: Session) -> Answer:
    return client.post(f"{CHAT}/{session.id}/complete", {"message": "一加一等于几？"})


def told(model: ScriptedModel) -> dict[str, Any]:
    """What the skill said to the model last."""
    found: dict[str, Any] = json.loads(model.requests[-1].messages[-1].content)
    return found


def test_the_result_goes_back_to_the_model(
    user: Client, model: ScriptedModel, computing: Session, executor: FakeExecutor
) -> None:
    executor.answer = lambda _: result('{"sum": 2}')
    model.scripts = [calls("code_execution", SUM), says("等于二。")]

    assert send(user, computing).data["content"] == "等于二。"

    (request,) = executor.requests
    assert (request.code, json.loads(request.input_json)) == ("return input.a + 1", {"a": 1})
    assert request.timeout_ms == TIMEOUT_MS
    assert told(model) == {"result": {"sum": 2}}


def test_failing_code_is_told_with_its_line(
    user: Client, model: ScriptedModel, computing: Session, executor: FakeExecutor
) -> None:
    executor.answer = lambda _: error("TypeError", "x is not a function", 2)
    model.scripts = [calls("code_execution", SUM), says("好的。")]
    send(user, computing)

    assert told(model) == {
        "error": {"type": "TypeError", "message": "x is not a function", "line": 2}
    }


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "code 不能为空"),
        ({"code": " "}, "code 不能为空"),
        ({"code": 7}, "code 不能为空"),
        ({"code": "x" * 65_536}, "code 超过长度限制"),
        ({"code": "return 1", "input": [1]}, "input 必须是 JSON 对象"),
    ],
)
def test_a_wrong_call_is_answered_in_words_and_runs_nothing(
    user: Client,
    model: ScriptedModel,
    computing: Session,
    executor: FakeExecutor,
    arguments: dict[str, Any],
    text: str,
) -> None:
    model.scripts = [calls("code_execution", json.dumps(arguments)), says("好的。")]
    assert send(user, computing).status == 200

    assert text in told(model)["error"]
    assert executor.requests == []


def test_a_long_result_is_shown_in_part(
    user: Client, model: ScriptedModel, computing: Session, executor: FakeExecutor
) -> None:
    executor.answer = lambda _: result(json.dumps("x" * 100_000))
    model.scripts = [calls("code_execution", SUM), says("好的。")]
    send(user, computing)

    assert len(told(model)["result_begins"]) == SHOWN_CHARS
    assert told(model)["characters"] == 100_002


def test_an_engine_that_is_away_is_told_and_the_answer_goes_on(
    user: Client, model: ScriptedModel, computing: Session, executor: FakeExecutor
) -> None:
    executor.throttles()
    model.scripts = [calls("code_execution", SUM), says("稍后再试。")]

    assert send(user, computing).data["content"] == "稍后再试。"
    assert told(model)["error"] == "执行引擎繁忙，请稍后再试"


def test_an_answer_runs_code_eight_times_at_most(
    user: Client, model: ScriptedModel, computing: Session, executor: FakeExecutor
) -> None:
    many = tuple(ToolCall(f"c{n}", "code_execution", SUM) for n in range(MOST_PER_ANSWER + 1))
    model.scripts = [[ToolCalls(many), Finished("tool_calls", USAGE)], says("好的。")]
    send(user, computing)

    assert len(executor.requests) == MOST_PER_ANSWER
    assert "最多" in told(model)["error"]


def test_a_person_runs_code_as_often_as_a_token_by_default(
    user: Client, model: ScriptedModel, computing: Session, executor: FakeExecutor
) -> None:
    moment = clock.timestamp()
    with clock.travelling(lambda: moment):  # nothing comes back meanwhile
        for _ in range(3):
            model.scripts = [calls("code_execution", SUM) for _ in range(5)]
            send(user, computing)

    assert len(executor.requests) == TokenLimit().burst
