"""POST …/stream: the events of an answer, from its first to its last."""

import asyncio

import pytest

from functions.chat.handler import app as chat_app
from shared.ai.errors import InvalidProviderAnswer, KeyExhausted
from shared.ai.port import TextDelta, Usage
from shared.data.chat_messages import find_message, find_session_and_newest
from shared.data.chat_sessions import Session
from tests.integration.chat_stream.conftest import CHAT
from tests.integration.conftest import Callers
from tests.support import ledger as books
from tests.support.asgi import AsgiClient
from tests.support.aws import counted_calls
from tests.support.chat import stored_session
from tests.support.models import ScriptedModel, calls, says
from tests.support.roles import stored_role

HELLO = {"message": "你好"}


async def test_events_come_in_the_order_of_the_contract(
    user: AsgiClient, model: ScriptedModel, session: Session, path: str
) -> None:
    model.scripts = [says("您", "好", "！", usage=Usage(12, 3))]
    heard = await (await user.open("POST", path, HELLO)).rest()
    assert heard.ids == [1, 2, 3, 4, 5]
    assert heard.events[0] == {"message_id": heard.message_id, "session_id": session.id}
    assert heard.events[1:4] == [{"content": "您"}, {"content": "好"}, {"content": "！"}]
    assert heard.last == {
        "done": True,
        "message_id": heard.message_id,
        "sources": [],
        "usage": {"tokens": 15, "prompt_tokens": 12, "completion_tokens": 3, "cost": 0.0},
    }


async def test_the_headers_keep_every_hop_from_holding_the_stream_back(
    user: AsgiClient, model: ScriptedModel, path: str
) -> None:
    exchange = await user.open("POST", path, HELLO)
    await exchange.rest()
    assert exchange.status == 200
    assert exchange.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert exchange.headers["cache-control"] == "no-cache, no-transform"
    assert exchange.headers["x-accel-buffering"] == "no"
    assert "content-length" not in exchange.headers


async def test_the_first_event_does_not_wait_for_the_model(
    user: AsgiClient, model: ScriptedModel, path: str
) -> None:
    gate = asyncio.Event()
    model.scripts = [[gate, *says("好")]]
    exchange = await user.open("POST", path, HELLO)
    assert (await exchange.until(1)).message_id.startswith("msg_")
    gate.set()
    assert (await exchange.rest()).content == "好"


async def test_skill_calls_are_told_in_between(
    user: AsgiClient, caller: Callers, model: ScriptedModel
) -> None:
    role = stored_role(caller.user_id, skills=("web_search",))
    session = stored_session(caller.user_id, role_id=role.id)
    model.scripts = [calls("web_search", '{"query": "x"}'), says("没有搜索。")]
    heard = await (await user.open("POST", f"{CHAT}/{session.id}/stream", HELLO)).rest()
    assert heard.events[1:3] == [
        {"tool": {"name": "web_search", "status": "running"}},
        {"tool": {"name": "web_search", "status": "done"}},
    ]
    assert heard.content == "没有搜索。"
    assert heard.last["usage"]["tokens"] == 60


async def test_the_end_is_saved_when_it_is_told(
    user: AsgiClient, caller: Callers, model: ScriptedModel, session: Session, path: str
) -> None:
    heard = await (await user.open("POST", path, HELLO)).rest()
    stored = find_message(session.id, heard.message_id)
    assert stored
    assert (stored.status, stored.content) == ("complete", "好的。")
    found, newest = find_session_and_newest(session.id, 10)
    assert found
    assert found.message_count == len(newest) == 2
    (line,) = books.stored_lines(caller.user_id)
    assert line["status"] == "ok"
    assert books.month(caller.user_id)["available"] == 0


async def test_a_failure_before_the_first_words_ends_with_an_error_event(
    user: AsgiClient, caller: Callers, model: ScriptedModel, session: Session, path: str
) -> None:
    model.scripts = [[KeyExhausted("scripted", reason="out_of_credit")], says("好了")]
    heard = await (await user.open("POST", path, HELLO)).rest()
    assert heard.last["error"]["code"] == "UPSTREAM_ERROR"
    stored = find_message(session.id, heard.message_id)
    assert stored
    assert (stored.status, stored.content) == ("failed", "")
    assert books.stored_lines(caller.user_id) == []
    assert books.month(caller.user_id)["available"] == 0
    assert (await (await user.open("POST", path, HELLO)).rest()).content == "好了"


async def test_a_failure_after_the_first_words_keeps_them_and_counts_them(
    user: AsgiClient, caller: Callers, model: ScriptedModel, session: Session, path: str
) -> None:
    model.scripts = [[TextDelta("前半"), InvalidProviderAnswer("scripted", reason="cut")]]
    heard = await (await user.open("POST", path, HELLO)).rest()
    assert heard.content == "前半"
    assert heard.last["error"]["code"] == "UPSTREAM_ERROR"
    stored = find_message(session.id, heard.message_id)
    assert stored
    assert (stored.status, stored.content) == ("incomplete", "前半")
    (line,) = books.stored_lines(caller.user_id)
    assert line["status"] == "failed"
    assert line["completion_tokens"] > 0
    assert len(model.requests) == 1


async def test_an_error_speaks_the_callers_language(
    user: AsgiClient, model: ScriptedModel, path: str
) -> None:
    model.scripts = [[KeyExhausted("scripted")]]
    heard = await (await user.open("POST", path, HELLO, accept_language="en")).rest()
    assert heard.last["error"]["message"] == "The model provider refused the key"


async def test_errors_known_before_the_first_event_use_the_envelope(
    user: AsgiClient, model: ScriptedModel, session: Session, path: str
) -> None:
    missing = await user.open("POST", f"{CHAT}/session_none/stream", HELLO)
    assert missing.status == 404
    assert (await missing.body())["error"]["code"] == "NOT_FOUND"
    blank = await user.open("POST", path, {"message": ""})
    assert blank.status == 400
    assert (await blank.body())["error"]["details"]["field"] == "message"
    assert find_session_and_newest(session.id, 10)[1] == []


async def test_an_answer_that_is_being_made_is_shown_as_that(
    user: AsgiClient, caller: Callers, model: ScriptedModel, session: Session, path: str
) -> None:
    gate = asyncio.Event()
    model.scripts = [[TextDelta("一"), gate, *says("二")]]
    exchange = await user.open("POST", path, HELLO)
    begun = await exchange.until(2)
    reader = AsgiClient(chat_app, caller.user)
    target = f"{CHAT}/{session.id}/messages/{begun.message_id}"
    shown = (await (await reader.open("GET", target)).body())["data"]
    assert (shown["status"], shown["role"], shown["usage"]) == ("generating", "assistant", None)
    gate.set()
    await exchange.rest()
    shown = (await (await reader.open("GET", target)).body())["data"]
    assert (shown["status"], shown["content"]) == ("complete", "一二")


async def test_several_streams_run_side_by_side(
    user: AsgiClient, caller: Callers, model: ScriptedModel
) -> None:
    gate = asyncio.Event()
    model.scripts = [[TextDelta("一"), gate, *says("二")]]
    sessions = [stored_session(caller.user_id) for _ in range(5)]
    exchanges = [await user.open("POST", f"{CHAT}/{s.id}/stream", HELLO) for s in sessions]
    for exchange in exchanges:
        await exchange.until(2)
    gate.set()
    for exchange in exchanges:
        assert (await exchange.rest()).content == "一二"
    assert len(books.stored_lines(caller.user_id)) == 5


async def test_two_sends_at_once_into_one_session_are_both_kept_in_order(
    user: AsgiClient, model: ScriptedModel, session: Session, path: str
) -> None:
    exchanges = await asyncio.gather(*(user.open("POST", path, HELLO) for _ in range(4)))
    await asyncio.gather(*(exchange.rest() for exchange in exchanges))
    found, newest = find_session_and_newest(session.id, 20)
    assert found
    assert found.message_count == len(newest) == 8
    authors = [message.author for message in reversed(newest)]
    assert authors == ["user", "assistant"] * 4


async def test_a_streamed_turn_makes_four_calls_besides_those_of_its_log(
    user: AsgiClient, model: ScriptedModel, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.chat.watch.FLUSH_SECONDS", 60)
    for _ in range(2):  # the month is open, and the caller's limit has a lease
        await (await user.open("POST", path, HELLO)).rest()
    with counted_calls(monkeypatch) as made:
        await (await user.open("POST", path, HELLO)).rest()
    assert made == {"Query": 1, "GetItem": 1, "TransactWriteItems": 2}
