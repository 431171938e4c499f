"""GET …/stream with Last-Event-ID: an answer survives its connection, from any cut."""

import asyncio
from datetime import timedelta

import pytest

from shared.ai.port import TextDelta
from shared.chat import generation as making
from shared.chat.following import _TableReader
from shared.core import clock
from shared.data.chat_messages import find_message
from shared.data.chat_sessions import Session
from tests.integration.chat_stream.conftest import CHAT
from tests.support.asgi import AsgiClient, Events
from tests.support.models import ScriptedModel, says

HELLO = {"message": "你好"}
PIECES = ("第一段，", "第二段。", "\n", "“引号”", "😀", "\\", " end")


def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this process reads like one that does not make the answer."""
    monkeypatch.setattr("shared.chat.following.find_running", lambda message_id: None)


async def _resume(user: AsgiClient, session: Session, message_id: str, after: int) -> Events:
    path = f"{CHAT}/{session.id}/messages/{message_id}/stream"
    exchange = await user.open("GET", path, last_event_id=str(after))
    assert exchange.status == 200
    return await exchange.rest()


async def test_joined_from_any_cut_it_is_the_answer_after_the_end(
    user: AsgiClient, model: ScriptedModel, session: Session, path: str
) -> None:
    model.scripts = [says(*PIECES)]
    whole = await (await user.open("POST", path, HELLO)).rest()
    for cut in range(len(whole.events)):
        rest = await _resume(user, session, whole.message_id, cut)
        assert whole.events[:cut] + rest.events == whole.events
        assert rest.ids == whole.ids[cut:]


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_joined_from_any_cut_it_is_the_answer_while_it_is_made(
    user: AsgiClient,
    model: ScriptedModel,
    session: Session,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    elsewhere: bool,
) -> None:
    gate = asyncio.Event()
    model.scripts = [[*map(TextDelta, PIECES[:4]), gate, *says(*PIECES[4:])]]
    first = await user.open("POST", path, HELLO)
    begun = await first.until(5)
    if elsewhere:
        _elsewhere(monkeypatch)
    readers = [
        asyncio.create_task(_resume(user, session, begun.message_id, cut)) for cut in range(6)
    ]
    await asyncio.sleep(0)
    gate.set()
    whole = await first.rest()
    assert whole.content == "".join(PIECES)
    for cut, reader in enumerate(readers):
        rest = await reader
        assert whole.events[:cut] + rest.events == whole.events


async def test_a_reader_who_has_heard_the_last_event_is_told_nothing_more(
    user: AsgiClient, model: ScriptedModel, session: Session, path: str
) -> None:
    model.scripts = [says(*PIECES)]
    whole = await (await user.open("POST", path, HELLO)).rest()
    rest = await _resume(user, session, whole.message_id, whole.ids[-1])
    assert rest.events == []


async def test_the_answer_goes_on_when_its_client_has_left(
    user: AsgiClient, model: ScriptedModel, session: Session, path: str
) -> None:
    gate = asyncio.Event()
    model.scripts = [[TextDelta("前"), gate, *says("后")]]
    exchange = await user.open("POST", path, HELLO)
    begun = await exchange.until(2)
    exchange.leave()
    await asyncio.sleep(0)
    assert not exchange.running.done()  # on Lambda the end of the request freezes the process
    gate.set()
    await exchange.running
    rest = await _resume(user, session, begun.message_id, begun.ids[-1])
    assert begun.content + rest.content == "前后"
    stored = find_message(session.id, begun.message_id)
    assert stored
    assert (stored.status, stored.content) == ("complete", "前后")


async def test_a_reader_elsewhere_that_leaves_ends_its_request(
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
    with monkeypatch.context() as patch:
        _elsewhere(patch)
        target = f"{CHAT}/{session.id}/messages/{begun.message_id}/stream"
        reader = await user.open("GET", target)
    reader.leave()
    await asyncio.wait_for(reader.running, 30)
    gate.set()
    await first.rest()


async def test_after_an_hour_the_saved_message_is_the_answer(
    user: AsgiClient, model: ScriptedModel, session: Session, path: str
) -> None:
    model.scripts = [says(*PIECES)]
    whole = await (await user.open("POST", path, HELLO)).rest()
    later = clock.timestamp() + timedelta(hours=1, minutes=1).total_seconds()
    with clock.travelling(lambda: later):
        again = await _resume(user, session, whole.message_id, 0)
        assert again.content == whole.content
        assert again.events[0] == whole.events[0]
        assert again.last == whole.last
        assert again.ids == [1, 2, 3]
        # Nobody knows any more where the reader's own part ended.
        rest = await _resume(user, session, whole.message_id, 4)
        assert [event["content"] for event in rest.events] == [whole.content]
        assert rest.last["done"] is True


async def test_an_answer_that_was_not_streamed_can_be_read_as_a_stream(
    user: AsgiClient, model: ScriptedModel, session: Session, path: str
) -> None:
    whole = await (await user.open("POST", path, HELLO)).rest()
    message = find_message(session.id, whole.message_id)
    assert message
    reader = _TableReader(message, 0)
    pieces = b"".join([piece async for piece in reader.read()])
    heard = Events()
    heard.hear(pieces.decode())
    assert heard.events == whole.events


async def test_the_same_key_gives_the_same_stream_from_its_start(
    user: AsgiClient, model: ScriptedModel, path: str
) -> None:
    gate = asyncio.Event()
    model.scripts = [[TextDelta("一"), gate, *says("二")]]
    first = await user.open("POST", path, HELLO, idempotency_key="k1")
    await first.until(2)
    again = await user.open("POST", path, HELLO, idempotency_key="k1")
    assert again.headers["idempotent-replay"] == "true"
    gate.set()
    assert (await again.rest()).events == (await first.rest()).events
    assert len(model.requests) == 1
    other_body = await user.open("POST", path, {"message": "别的"}, idempotency_key="k1")
    assert other_body.status == 409
    await other_body.body()


async def test_a_number_that_is_none_is_refused(
    user: AsgiClient, model: ScriptedModel, session: Session, path: str
) -> None:
    whole = await (await user.open("POST", path, HELLO)).rest()
    target = f"{CHAT}/{session.id}/messages/{whole.message_id}/stream"
    for number in ("x", "-1"):
        refused = await user.open("GET", target, last_event_id=number)
        assert refused.status == 400
        await refused.body()


async def test_nothing_is_kept_of_an_answer_that_ended(
    user: AsgiClient, model: ScriptedModel, path: str
) -> None:
    heard = await (await user.open("POST", path, HELLO)).rest()
    assert making.find_running(heard.message_id) is None
