"""The process dies around any AWS call of a turn, or sends meet: what clients find afterwards."""

import asyncio
from datetime import timedelta

import pytest

from shared.chat.sweep import fail_silent_messages
from shared.core import clock
from shared.data.chat_messages import find_session_and_newest
from shared.data.chat_sessions import Session
from shared.ledger.ledger import release_expired
from tests.integration.chat.conftest import CHAT, SESSIONS
from tests.integration.conftest import Callers
from tests.support import ledger as books
from tests.support.at_once import at_once
from tests.support.faults import around_call, kill
from tests.support.http import Client
from tests.support.models import ScriptedModel

CALLS_OF_A_TURN = 4


@pytest.mark.parametrize("number", range(CALLS_OF_A_TURN))
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_turn_that_dies_leaves_nothing_open_lost_or_paid_twice(
    user: Client,
    caller: Callers,
    session: Session,
    model: ScriptedModel,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    when: str,
) -> None:
    path = f"{CHAT}/{session.id}/complete"
    user.post(path, {"message": "第一问"})
    user.get(SESSIONS)  # takes a lease of the caller's limit
    with around_call(monkeypatch, number, **{when: kill}) as made:
        assert user.post(path, {"message": "第二问"}).status == 500
    assert len(made) == number + 1
    fail_silent_messages(clock.now() + timedelta(seconds=31))
    release_expired(clock.now() + timedelta(minutes=14))
    assert user.post(path, {"message": "第三问"}).data["content"] == "好的。"
    _check(session, caller)


def _check(session: Session, caller: Callers) -> None:
    found, newest = find_session_and_newest(session.id, 100)
    assert found
    messages = newest[::-1]
    assert found.message_count == len(messages)
    assert [message.author for message in messages] == ["user", "assistant"] * (len(messages) // 2)
    answers = messages[1::2]
    assert all(message.status in ("complete", "failed") for message in answers)
    whole = [message for message in answers if message.status == "complete"]
    assert len(books.stored_lines(caller.user_id)) == len(whole)
    assert books.counters(caller.user_id) == books.sums_of_lines(caller.user_id)
    assert books.month(caller.user_id)["available"] == 0


def test_sends_at_once_into_one_session_are_all_kept(
    user: Client, caller: Callers, session: Session, model: ScriptedModel
) -> None:
    path = f"{CHAT}/{session.id}/complete"
    sends = [
        lambda number=number: user.post(path, {"message": f"第{number}问"}) for number in range(8)
    ]
    assert [answer.status for answer in at_once(sends)] == [200] * 8
    _check(session, caller)
    asked = {
        message["content"] for message in user.get(f"{SESSIONS}/{session.id}").data["messages"]
    }
    assert asked == {f"第{number}问" for number in range(8)} | {"好的。"}


def test_handlers_share_one_loop_with_nothing_left_running(
    user: Client, session: Session, model: ScriptedModel
) -> None:
    user.post(f"{CHAT}/{session.id}/complete", {"message": "你好"})
    assert asyncio.all_tasks(asyncio.get_event_loop_policy().get_event_loop()) == set()
