"""A stop stops, from this process and from elsewhere; what dies or is told to go leaves no
answer open."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.ai.port import TextDelta
from shared.chat.generation import end_all, find_running
from shared.chat.stopping import stop_answer
from shared.chat.sweep import fail_silent_messages
from shared.core import clock
from shared.data.chat_messages import Message, find_message, find_session_and_newest
from shared.data.chat_sessions import Session, delete_session
from tests.integration.chat_stream.conftest import CHAT
from tests.integration.conftest import Callers
from tests.support import ledger as books
from tests.support.asgi import AsgiClient, Events
from tests.support.models import ScriptedModel, says

HELLO = {"message": "你好"}
HALF: list[Any] = [TextDelta("前半，")]


def stored(session: Session, message_id: str) -> Message:
    message = find_message(session.id, message_id)
    assert message
    return message


async def _stop(user: AsgiClient, session: Session, message_id: str) -> dict[str, Any]:
    exchange = await user.open("POST", f"{CHAT}/{session.id}/messages/{message_id}/stop")
    body = await exchange.body()
    data: dict[str, Any] = body["data"]
    return data


def _check_stopped(heard: Events, message: Message, caller: Callers) -> None:
    assert heard.last["done"] is True
    assert heard.last["stopped"] is True
    assert heard.last["message_id"] == message.id
    assert (message.status, message.content) == ("incomplete", heard.content)
    (line,) = books.stored_lines(caller.user_id)
    assert line["status"] == "stopped"
    assert heard.last["usage"]["prompt_tokens"] == line["prompt_tokens"] > 0
    assert heard.last["usage"]["completion_tokens"] == line["completion_tokens"] > 0
    assert books.month(caller.user_id)["available"] == 0


async def test_a_stop_here_closes_the_provider_and_ends_every_reader(
    user: AsgiClient, caller: Callers, model: ScriptedModel, session: Session, path: str
) -> None:
    model.scripts = [[*HALF, asyncio.Event(), *says("后半")]]
    first = await user.open("POST", path, HELLO)
    begun = await first.until(2)
    target = f"{CHAT}/{session.id}/messages/{begun.message_id}/stream"
    second = await user.open("GET", target)
    answer = await _stop(user, session, begun.message_id)
    assert (answer["status"], answer["content"]) == ("incomplete", "前半，")
    assert (model.pieces_read, model.closed) == (1, 1)
    heard = await first.rest()
    _check_stopped(heard, stored(session, begun.message_id), caller)
    assert (await second.rest()).events == heard.events


async def test_a_stop_from_elsewhere_is_heard(
    user: AsgiClient,
    caller: Callers,
    model: ScriptedModel,
    session: Session,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model.scripts = [[*HALF, asyncio.Event(), *says("后半")]]
    first = await user.open("POST", path, HELLO)
    begun = await first.until(2)
    monkeypatch.setattr("shared.chat.stopping.find_running", lambda message_id: None)
    message = await stop_answer(caller.user_id, session.id, begun.message_id)
    assert message.status == "incomplete"
    _check_stopped(await first.rest(), message, caller)
    assert model.closed == 1


async def test_a_stop_during_retrieval_or_before_any_word_is_a_stop_too(
    user: AsgiClient, model: ScriptedModel, session: Session, path: str
) -> None:
    model.scripts = [[asyncio.Event(), *says("无")]]
    first = await user.open("POST", path, HELLO)
    begun = await first.until(1)
    await _stop(user, session, begun.message_id)
    assert (await first.rest()).last["stopped"] is True
    assert stored(session, begun.message_id).status == "incomplete"


async def test_stopping_what_has_ended_changes_nothing(
    user: AsgiClient, model: ScriptedModel, session: Session, path: str
) -> None:
    heard = await (await user.open("POST", path, HELLO)).rest()
    assert (await _stop(user, session, heard.message_id))["status"] == "complete"


async def test_the_end_of_the_process_leaves_no_answer_open(
    user: AsgiClient, caller: Callers, model: ScriptedModel, session: Session, path: str
) -> None:
    model.scripts = [[*HALF, asyncio.Event(), *says("后半")]]
    first = await user.open("POST", path, HELLO)
    begun = await first.until(2)
    await end_all()
    heard = await first.rest()
    assert heard.last["error"]["code"] == "SERVICE_UNAVAILABLE"
    message = stored(session, begun.message_id)
    assert (message.status, message.content) == ("incomplete", "前半，")
    assert books.month(caller.user_id)["available"] == 0


async def _killed(user: AsgiClient, session: Session, path: str) -> Events:
    """An answer whose first words were written before its process died."""
    exchange = await user.open("POST", path, HELLO)
    begun = await exchange.until(2)
    generation = find_running(begun.message_id)
    assert generation
    while generation._watch.flushed < 2:
        await asyncio.sleep(0.01)
    for task in (generation._work, generation._task):
        assert task
        task.cancel()
    exchange.running.cancel()
    await asyncio.gather(exchange.running, return_exceptions=True)
    return begun


async def test_an_answer_whose_generator_died_is_failed_with_the_words_that_were_written(
    user: AsgiClient, caller: Callers, model: ScriptedModel, session: Session, path: str
) -> None:
    model.scripts = [[*HALF, asyncio.Event(), *says("后半")]]
    begun = await _killed(user, session, path)
    assert stored(session, begun.message_id).status == "running"
    assert fail_silent_messages(clock.now() + timedelta(seconds=25)) == 0
    later = clock.now() + timedelta(seconds=31)
    assert fail_silent_messages(later) == 1
    assert fail_silent_messages(later) == 0
    message = stored(session, begun.message_id)
    assert (message.status, message.content) == ("failed", "前半，")
    assert books.month(caller.user_id)["available"] == 0
    target = f"{CHAT}/{session.id}/messages/{begun.message_id}/stream"
    for told in (2, 3, 4):  # two events were written, the others were lost with the process
        heard = await (await user.open("GET", target, last_event_id=str(told))).rest()
        assert heard.ids == [told + 1]
        assert heard.last["error"]["code"] == "SERVICE_UNAVAILABLE"


async def test_whoever_reads_a_dead_answer_ends_it(
    user: AsgiClient, model: ScriptedModel, session: Session, path: str
) -> None:
    model.scripts = [[*HALF, asyncio.Event(), *says("后半")]]
    begun = await _killed(user, session, path)
    target = f"{CHAT}/{session.id}/messages/{begun.message_id}/stream"
    later = clock.timestamp() + 31
    with clock.travelling(lambda: later):
        heard = await (await user.open("GET", target)).rest()
    assert heard.content == "前半，"
    assert heard.last["error"]["code"] == "SERVICE_UNAVAILABLE"
    assert stored(session, begun.message_id).status == "failed"


async def test_a_session_deleted_meanwhile_stays_deleted_and_the_call_is_paid(
    user: AsgiClient, caller: Callers, model: ScriptedModel, session: Session, path: str
) -> None:
    gate = asyncio.Event()
    model.scripts = [[*HALF, gate, *says("后半")]]
    first = await user.open("POST", path, HELLO)
    await first.until(2)
    assert delete_session(session)
    gate.set()
    heard = await first.rest()
    assert heard.last["error"]["code"] == "NOT_FOUND"
    assert find_session_and_newest(session.id, 10) == (None, [])
    assert len(books.stored_lines(caller.user_id)) == 1
    assert books.month(caller.user_id)["available"] == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_somebody_elses_answer_does_not_exist(
    user: AsgiClient,
    other: AsgiClient,
    model: ScriptedModel,
    session: Session,
    path: str,
    method: str,
) -> None:
    heard = await (await user.open("POST", path, HELLO)).rest()
    action = "stream" if method == "GET" else "stop"
    target = f"{CHAT}/{session.id}/messages/{heard.message_id}/{action}"
    refused = await other.open(method, target)
    assert refused.status == 404
    await refused.body()
