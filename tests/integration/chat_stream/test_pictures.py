"""The link of a picture that a role made is an event of the stream, however the answer ends."""

import asyncio

import pytest

from shared.ai.errors import ProviderUnavailable
from shared.ai.port import TextDelta
from shared.data.chat_messages import find_message
from shared.data.chat_sessions import Session
from shared.data.tasks import find_tasks
from tests.integration.chat_stream.conftest import CHAT
from tests.integration.conftest import Callers
from tests.support.asgi import AsgiClient
from tests.support.models import ScriptedModel, Step, calls, says

pytestmark = pytest.mark.usefixtures("provider")
ASK = {"message": "画一只猫"}
CALL = calls("image_generation", '{"prompt": "猫"}')


def link_of(caller: Callers) -> str:
    (task,) = find_tasks(caller.user_id, 2).tasks
    return f"[查看图片](/api/v1/ai/image/result/{task.id})"


@pytest.mark.parametrize(
    ("script", "said", "status"),
    [
        (says("好的。"), "好的。\n\n", "complete"),
        ([ProviderUnavailable("scripted")], "", "incomplete"),
        ([TextDelta("好"), ProviderUnavailable("scripted")], "好\n\n", "incomplete"),
    ],
)
async def test_it_is_told_before_the_end_and_saved(
    user: AsgiClient,
    caller: Callers,
    model: ScriptedModel,
    drawing: Session,
    script: list[Step],
    said: str,
    status: str,
) -> None:
    model.scripts = [CALL, script]
    heard = await (await user.open("POST", f"{CHAT}/{drawing.id}/stream", ASK)).rest()
    assert heard.content == said + link_of(caller)
    message = find_message(drawing.id, heard.message_id)
    assert message
    assert (message.status, message.content) == (status, heard.content)


async def test_a_stop_leaves_it_in_the_answer(
    user: AsgiClient, caller: Callers, model: ScriptedModel, drawing: Session
) -> None:
    model.scripts = [CALL, [TextDelta("正在"), asyncio.Event(), *says("画")]]
    exchange = await user.open("POST", f"{CHAT}/{drawing.id}/stream", ASK)
    begun = await exchange.until(4)  # opening, tool running, tool done, 正在
    stop = f"{CHAT}/{drawing.id}/messages/{begun.message_id}/stop"
    await (await user.open("POST", stop)).body()
    heard = await exchange.rest()
    assert heard.last["stopped"] is True
    assert heard.content == "正在\n\n" + link_of(caller)
    message = find_message(drawing.id, heard.message_id)
    assert message
    assert (message.status, message.content) == ("incomplete", heard.content)
