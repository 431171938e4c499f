"""The app under uvicorn: real sockets, clients that leave, and the end of the process."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import httpx
import pytest_asyncio
import uvicorn

from functions.chat_stream.run import app
from shared.ai.port import TextDelta
from shared.data.chat_messages import Message, find_message
from shared.data.chat_sessions import Session
from tests.integration.conftest import Callers
from tests.support.asgi import Events
from tests.support.models import ScriptedModel, says

HELLO = {"message": "你好"}


class Served:
    """A running server and a client of the user."""

    def __init__(self, server: uvicorn.Server, task: asyncio.Task[None], credential: str) -> None:
        self.server, self.task = server, task
        port = server.servers[0].sockets[0].getsockname()[1]
        self.client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {credential}"},
            timeout=20,
            trust_env=False,
        )

    async def hear(self, path: str, leave_after: int | None = None) -> Events:
        """The events of a POST, all of them or the first few."""
        heard = Events()
        async with self.client.stream("POST", path, json=HELLO) as answer:
            async for piece in answer.aiter_text():
                heard.hear(piece)
                if leave_after and len(heard.events) >= leave_after:
                    break
        return heard


@pytest_asyncio.fixture
async def served(caller: Callers) -> AsyncIterator[Served]:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)  # uvicorn raises it again at its end
    config = uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    running = Served(server, task, caller.user)
    yield running
    server.should_exit = True
    await task
    await running.client.aclose()
    signal.signal(signal.SIGTERM, before)


async def _ended(session: Session, message_id: str) -> Message:
    for _ in range(500):
        message = find_message(session.id, message_id)
        if message and message.status != "running":
            return message
        await asyncio.sleep(0.02)
    raise AssertionError("the answer never ended")


async def test_events_arrive_while_the_answer_is_made(
    served: Served, model: ScriptedModel, path: str
) -> None:
    gate = asyncio.Event()
    model.scripts = [[TextDelta("一"), gate, *says("二")]]
    heard = Events()
    async with served.client.stream("POST", path, json=HELLO) as answer:
        async for piece in answer.aiter_text():
            heard.hear(piece)
            if heard.content == "一":
                gate.set()
    assert heard.content == "一二"
    assert heard.last["done"] is True


async def test_an_answer_survives_its_connection(
    served: Served, model: ScriptedModel, session: Session, path: str
) -> None:
    gate = asyncio.Event()
    model.scripts = [[TextDelta("一"), gate, *says("二")]]
    heard = await served.hear(path, leave_after=2)
    gate.set()
    message = await _ended(session, heard.message_id)
    assert (message.status, message.content) == ("complete", "一二")


async def test_told_to_go_the_process_saves_its_answers_first(
    served: Served, model: ScriptedModel, session: Session, path: str
) -> None:
    model.scripts = [[TextDelta("一"), asyncio.Event(), *says("二")]]
    listening = asyncio.create_task(served.hear(path))
    while not model.pieces_read:
        await asyncio.sleep(0.01)
    os.kill(os.getpid(), signal.SIGTERM)
    heard = await asyncio.wait_for(listening, 30)
    assert heard.content == "一"
    assert heard.last["error"]["code"] == "SERVICE_UNAVAILABLE"
    await asyncio.wait_for(asyncio.shield(served.task), 30)
    message = await _ended(session, heard.message_id)
    assert (message.status, message.content) == ("incomplete", "一")
