"""Turns that died, that take too long, or that are sent again by their operation."""

import asyncio

import pytest

from functions.chat import answers
from functions.chat.errors import AnswerRunning
from shared.ai.port import TextDelta
from shared.chat import stopping, watch
from shared.chat.body import NewMessage
from shared.chat.opening import Question, TurnExists, open_turn
from shared.chat.sweep import fail_message
from shared.core import ids
from shared.core.errors import ServiceUnavailable
from shared.data.chat_messages import find_message, find_session_and_newest
from shared.data.chat_sessions import Session
from tests.integration.chat.conftest import CHAT
from tests.integration.conftest import Callers
from tests.support import ledger as books
from tests.support.http import Client
from tests.support.models import ScriptedModel, says

BODY = NewMessage(message="你好")


async def test_the_same_operation_is_answered_from_what_it_made(
    caller: Callers, session: Session, model: ScriptedModel
) -> None:
    operation = ids.new_ulid()
    first = await answers.answer(caller.user_id, session.id, operation, BODY)
    again = await answers.answer(caller.user_id, session.id, operation, BODY)
    assert again == first
    assert len(model.requests) == 1
    assert len(books.stored_lines(caller.user_id)) == 1


async def test_an_operation_that_is_still_at_work_is_not_begun_again(
    caller: Callers, session: Session, model: ScriptedModel
) -> None:
    operation = ids.new_ulid()
    question = Question(caller.user_id, session.id, operation, "你好")
    turn, _ = open_turn(question)
    with pytest.raises(TurnExists):
        open_turn(question)
    with pytest.raises(AnswerRunning):
        await answers.answer(caller.user_id, session.id, operation, BODY)
    assert fail_message(turn.answer)
    with pytest.raises(ServiceUnavailable):
        await answers.answer(caller.user_id, session.id, operation, BODY)
    assert model.requests == []
    assert books.month(caller.user_id)["available"] == 0


def test_an_answer_that_takes_too_long_is_a_502_and_keeps_nothing_open(
    user: Client, session: Session, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "LIMIT_SECONDS", 0.05)
    model.scripts = [[TextDelta("一"), asyncio.Event(), *says("二")]]
    answer = user.post(f"{CHAT}/{session.id}/complete", {"message": "你好"})
    assert (answer.status, answer.error["details"]["reason"]) == (502, "timeout")
    (answered, _) = find_session_and_newest(session.id, 10)[1]
    assert answered.status == "failed"
    assert model.closed == 1


async def test_a_stop_from_elsewhere_is_heard_between_signs_of_life_of_a_whole_answer(
    caller: Callers,
    session: Session,
    model: ScriptedModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stopping, "WAIT_SECONDS", watch.SIGN_OF_LIFE_SECONDS / 2)
    monkeypatch.setattr(stopping, "find_running", lambda message_id: None)
    model.scripts = [[asyncio.Event(), *says("二")]]
    operation = ids.new_ulid()
    running = asyncio.create_task(answers.answer(caller.user_id, session.id, operation, BODY))
    while not model.requests:
        await asyncio.sleep(0.01)
    answer_id = find_session_and_newest(session.id, 1)[1][0].id
    stopped = await stopping.stop_answer(caller.user_id, session.id, answer_id)
    answered, _ = await running
    assert stopped.status == answered.status == "incomplete"
    assert find_message(session.id, answer_id) == answered
