"""The skill that makes pictures: a task of the person who asks, and its link in the answer."""

import json
from typing import Any

import pytest

from functions.tasks.handler import handler as tasks
from shared.ai.errors import ProviderUnavailable
from shared.ai.port import ToolCall, ToolCalls
from shared.chat.images import MOST_PER_ANSWER
from shared.core.settings import forget_settings
from shared.data.chat_sessions import Session
from shared.data.tasks import Task, find_tasks
from shared.ledger.ledger import set_budget
from tests.integration.chat.conftest import CHAT
from tests.integration.conftest import Callers
from tests.support.http import Answer, Client
from tests.support.models import USAGE, Finished, ScriptedModel, calls, says
from tests.support.tasks import PRICE_MICRO

pytestmark = pytest.mark.usefixtures("provider")
CAT = json.dumps({"prompt": "一只橘猫", "size": "1024x768"}, ensure_ascii=False)


def send(client: Client, session: Session, text: str = "画一只橘猫", **headers: str) -> Answer:
    return client.post(f"{CHAT}/{session.id}/complete", {"message": text}, **headers)


def tasks_of(owner_id: str) -> list[Task]:
    return list(find_tasks(owner_id, 10).tasks)


def told(model: ScriptedModel) -> dict[str, Any]:
    """What the skill said to the model last."""
    found: dict[str, Any] = json.loads(model.requests[-1].messages[-1].content)
    return found


def test_the_task_is_the_callers_and_held_in_the_ledger(
    user: Client, caller: Callers, model: ScriptedModel, drawing: Session
) -> None:
    model.scripts = [calls("image_generation", CAT), says("好的。")]
    assert send(user, drawing).status == 200
    (task,) = tasks_of(caller.user_id)
    assert (task.type, task.status, task.price_micro) == ("image", "pending", PRICE_MICRO)
    assert task.input["prompt"] == "一只橘猫"
    assert (task.input["size"], task.input["n"]) == ("1024x768", 1)
    shown = Client(tasks, caller.user).get(f"/api/v1/ai/image/result/{task.id}")
    assert shown.data["status"] == "pending"
    assert told(model)["task_id"] == task.id


def test_the_answer_shows_the_link_that_the_model_forgot(
    user: Client, caller: Callers, model: ScriptedModel, drawing: Session
) -> None:
    model.scripts = [calls("image_generation", CAT), says("好的，", "正在画。")]
    answer = send(user, drawing)
    (task,) = tasks_of(caller.user_id)
    link = f"[查看图片](/api/v1/ai/image/result/{task.id})"
    assert answer.data["content"] == f"好的，正在画。\n\n{link}"
    message = user.get(f"{CHAT}/{drawing.id}/messages/{answer.data['message_id']}").data
    assert message["content"] == answer.data["content"]


def test_a_link_that_the_model_gives_is_not_doubled(
    user: Client, caller: Callers, drawing: Session
) -> None:
    answer = send(user, drawing)  # the offline model repeats what it is told
    (task,) = tasks_of(caller.user_id)
    assert answer.data["content"].count(task.id) == 1
    assert answer.data["content"].startswith("我是离线模型")
    assert task.input["prompt"] == "一只橘猫"


def test_without_the_skill_nothing_is_made(user: Client, caller: Callers, session: Session) -> None:
    assert "离线模型" in send(user, session).data["content"]
    assert tasks_of(caller.user_id) == []


def test_a_repeated_request_makes_no_second_task(
    user: Client, caller: Callers, model: ScriptedModel, drawing: Session
) -> None:
    model.scripts = [calls("image_generation", CAT), says("好的。")]
    first = send(user, drawing, Idempotency_Key="k1")
    again = send(user, drawing, Idempotency_Key="k1")
    assert again.data == first.data
    assert len(tasks_of(caller.user_id)) == 1


def test_a_call_that_a_model_repeats_makes_no_second_task(
    user: Client, caller: Callers, model: ScriptedModel, drawing: Session
) -> None:
    model.scripts = [calls("image_generation", CAT)] * 3 + [says("好的。")]
    content = send(user, drawing).data["content"]
    (task,) = tasks_of(caller.user_id)
    assert content.count(task.id) == 1


def test_an_answer_makes_four_pictures_at_most(
    user: Client, caller: Callers, model: ScriptedModel, drawing: Session
) -> None:
    asked = [ToolCall(f"c{n}", "image_generation", CAT) for n in range(MOST_PER_ANSWER + 2)]
    model.scripts = [[ToolCalls(tuple(asked)), Finished("tool_calls", USAGE)], says("好的。")]
    content = send(user, drawing).data["content"]
    assert len(tasks_of(caller.user_id)) == MOST_PER_ANSWER
    assert content.count("查看图片") == MOST_PER_ANSWER
    assert "最多" in told(model)["error"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [({}, "prompt"), ({"prompt": " "}, "prompt"), ({"prompt": "猫", "size": "9x9"}, "size")],
)
def test_a_wrong_call_is_answered_in_words(
    user: Client,
    caller: Callers,
    model: ScriptedModel,
    drawing: Session,
    arguments: dict[str, str],
    reason: str,
) -> None:
    model.scripts = [calls("image_generation", json.dumps(arguments)), says("抱歉。")]
    assert send(user, drawing).data["content"] == "抱歉。"
    assert reason in told(model)["error"]
    assert tasks_of(caller.user_id) == []


def test_a_model_gets_no_more_than_it_is_offered(
    user: Client, caller: Callers, model: ScriptedModel, drawing: Session
) -> None:
    greedy = json.dumps({"prompt": "猫", "n": 4, "model": "gold", "quality": "hd"})
    model.scripts = [calls("image_generation", greedy), says("好的。")]
    send(user, drawing)
    (task,) = tasks_of(caller.user_id)
    assert (task.input["n"], task.input["quality"]) == (1, "standard")


def test_over_the_budget_there_is_no_task_and_the_answer_says_why(
    user: Client, caller: Callers, model: ScriptedModel, drawing: Session
) -> None:
    set_budget(caller.user_id, PRICE_MICRO - 1, "block")
    model.scripts = [calls("image_generation", CAT), says("余额不足。")]
    assert send(user, drawing).data["content"] == "余额不足。"
    assert told(model)["error"]
    assert tasks_of(caller.user_id) == []


def test_where_no_provider_makes_pictures_the_answer_says_so(
    user: Client, caller: Callers, drawing: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROVIDERS", "[]")
    forget_settings()
    content = send(user, drawing).data["content"]
    assert content.startswith("我是离线模型，图片没有生成：")
    assert tasks_of(caller.user_id) == []


def test_the_link_is_there_when_the_model_fails_after_the_picture(
    user: Client, caller: Callers, model: ScriptedModel, drawing: Session
) -> None:
    model.scripts = [calls("image_generation", CAT), [ProviderUnavailable("scripted")]]
    assert send(user, drawing).status in (502, 503)
    (task,) = tasks_of(caller.user_id)
    (_, answer) = user.get(f"/api/v1/chat-sessions/{drawing.id}").data["messages"]
    assert answer["status"] == "incomplete"
    assert task.id in answer["content"]
