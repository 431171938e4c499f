"""A role that makes pictures: asked in a conversation, the link in its answer leads to one."""

import io
import re

import httpx
import pytest
from PIL import Image

from tests.e2e import flows
from tests.e2e.conftest import System

LINK = re.compile(r"/api/v1(/ai/image/result/(task_[0-9A-Z]{26}))")
# The simulator calls the tool that a question names; the offline model understands the words.
QUESTIONS = {
    "builtin": "请帮我画一只戴草帽的橘猫",
    "openai": "用 image_generation 画一只戴草帽的橘猫",
}


def session_with_painter(client: httpx.Client, provider: str) -> str:
    models = flows.data(client.get("/models"))["items"]
    model = next(m["id"] for m in models if (m["provider"], m["kind"]) == (provider, "chat"))
    role = {
        "name": "画师",
        "system_prompt": "你按要求画画。",
        "skills": ["image_generation"],
        "model_config": {"model": model},
    }
    return flows.session_with(client, flows.data(client.post("/roles", json=role), 201)["id"])


@pytest.mark.parametrize("provider", QUESTIONS)
def test_a_picture_asked_for_in_a_conversation_is_at_the_answers_link(
    system: System, provider: str
) -> None:
    client = system.new_user()
    session = session_with_painter(client, provider)
    heard = flows.ask(client, session, QUESTIONS[provider])
    tools = [event["tool"] for event in heard.events if "tool" in event]
    assert tools == [
        {"name": "image_generation", "status": "running"},
        {"name": "image_generation", "status": "done"},
    ]
    found = LINK.search(heard.content)
    assert found, heard.content
    assert "橘猫" in flows.data(client.get(f"/tasks/{found[2]}"))["input"]["prompt"]

    ended = flows.final(client, found[1])
    assert ended["status"] == "completed", ended
    answer = httpx.get(ended["result"]["image_url"], timeout=60, trust_env=False)
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (1024, 1024)

    me = flows.data(client.get("/users/me"))["id"]
    assert flows.data(client.get(f"/tasks/user/{me}"))["total"] == 1


def test_the_same_question_sent_twice_with_one_key_is_one_task(system: System) -> None:
    client = system.new_user()
    session = session_with_painter(client, "builtin")
    body, key = {"message": QUESTIONS["builtin"]}, {"Idempotency-Key": "once"}
    path = f"/chat/{session}/complete"
    first, again = (client.post(path, json=body, headers=key).json()["data"] for _ in range(2))
    assert first == again
    assert LINK.search(first["content"])
    me = flows.data(client.get("/users/me"))["id"]
    assert flows.data(client.get(f"/tasks/user/{me}"))["total"] == 1
