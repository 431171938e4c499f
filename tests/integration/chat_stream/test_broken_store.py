"""A store that fails for a while, or for good, under a running answer."""

import asyncio
from typing import Any

import pytest
from pynamodb.exceptions import PutError

from shared.ai.port import TextDelta
from shared.chat import following, watch
from shared.chat.generation import find_running
from shared.data.chat_messages import find_message, find_session_and_newest
from shared.data.chat_sessions import Session
from tests.integration.chat_stream.conftest import CHAT
from tests.support.asgi import AsgiClient
from tests.support.models import ScriptedModel, says

HELLO = {"message": "你好"}


async def test_events_that_could_not_be_written_are_written_later(
    user: AsgiClient,
    model: ScriptedModel,
    session: Session,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, refused = watch.store_events, asyncio.Event()
    loop = asyncio.get_running_loop()

    def failing_once(message_id: str, group: Any) -> None:
        if not refused.is_set():
            loop.call_soon_threadsafe(refused.set)
            raise PutError("the store is away")
        real(message_id, group)

    monkeypatch.setattr(watch, "store_events", failing_once)
    gate = asyncio.Event()
    model.scripts = [[TextDelta("一"), gate, *says("二")]]
    first = await user.open("POST", path, HELLO)
    begun = await first.until(2)
    await refused.wait()
    gate.set()
    heard = await first.rest()
    assert heard.content == "一二"
    target = f"{CHAT}/{session.id}/messages/{begun.message_id}/stream"
    assert (await (await user.open("GET", target)).rest()).events == heard.events


async def test_an_answer_that_cannot_be_saved_is_told_and_later_failed(
    user: AsgiClient,
    model: ScriptedModel,
    session: Session,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(*_: Any) -> bool:
        raise PutError("the store is away")

    monkeypatch.setattr("shared.chat.generation.save_end", failing)
    heard = await (await user.open("POST", path, HELLO)).rest()
    assert heard.last["error"]["code"] == "INTERNAL_ERROR"
    assert find_running(heard.message_id) is None
    message = find_message(session.id, heard.message_id)
    assert message
    assert message.status == "running"  # without signs of life the sweep ends it


async def test_a_long_burst_is_written_in_groups_that_fit_an_item(
    user: AsgiClient,
    model: ScriptedModel,
    session: Session,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "GROUP_CHARS", 100)
    model.scripts = [says(*(f"第{number}段。" for number in range(100)))]
    heard = await (await user.open("POST", path, HELLO)).rest()
    target = f"{CHAT}/{session.id}/messages/{heard.message_id}/stream"
    assert (await (await user.open("GET", target)).rest()).events == heard.events


async def test_silence_has_comment_lines_in_it_elsewhere_too(
    user: AsgiClient,
    model: ScriptedModel,
    session: Session,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = asyncio.Event()
    model.scripts = [[gate, *says("好")]]
    first = await user.open("POST", path, HELLO)
    begun = await first.until(1)
    monkeypatch.setattr(following, "find_running", lambda message_id: None)
    monkeypatch.setattr(following, "PING_SECONDS", 0.05)
    monkeypatch.setattr(following, "POLL_SECONDS", 0.02)
    target = f"{CHAT}/{session.id}/messages/{begun.message_id}/stream"
    second = await user.open("GET", target, last_event_id="1")
    pieces = second.pieces()
    while (piece := await anext(pieces)) != b": ping\n\n":
        assert b"id:" not in piece
    gate.set()
    assert (await second.rest()).content == (await first.rest()).content == "好"


async def test_a_reader_of_a_deleted_session_is_told_so(
    user: AsgiClient,
    model: ScriptedModel,
    session: Session,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = asyncio.Event()
    model.scripts = [[gate, *says("好")]]
    first = await user.open("POST", path, HELLO)
    begun = await first.until(1)
    monkeypatch.setattr(following, "find_running", lambda message_id: None)
    monkeypatch.setattr(following, "POLL_SECONDS", 0.02)
    target = f"{CHAT}/{session.id}/messages/{begun.message_id}/stream"
    second = await user.open("GET", target, last_event_id="1")
    monkeypatch.setattr(following, "find_message", lambda *_: None)
    heard = await second.rest()
    assert heard.last["error"]["code"] == "NOT_FOUND"
    gate.set()
    await first.rest()


async def test_a_question_has_no_stream(
    user: AsgiClient, model: ScriptedModel, session: Session, path: str
) -> None:
    await (await user.open("POST", path, HELLO)).rest()
    question = find_session_and_newest(session.id, 10)[1][-1]
    refused = await user.open("GET", f"{CHAT}/{session.id}/messages/{question.id}/stream")
    assert refused.status == 404
    await refused.body()
