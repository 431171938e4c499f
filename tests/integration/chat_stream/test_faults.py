"""A model server that fails in every way: what its reader sees, what is saved, what is paid."""

import asyncio
from typing import Any

import pytest

from functions.chat.handler import app as chat_app
from shared.ai.registry import Registry
from shared.chat.stopping import stop_answer
from shared.data.chat_messages import Message, find_session_and_newest
from shared.data.chat_sessions import Session
from shared.data.roles import ModelConfig
from tests.integration.chat_stream.conftest import CHAT
from tests.integration.conftest import Callers
from tests.support import ledger as books
from tests.support.asgi import AsgiClient, Events
from tests.support.chat import stored_session
from tests.support.roles import stored_role
from tests.support.simulators import Simulator

HELLO = {"message": "年假有多少天？"}
BEFORE_THE_ANSWER = [
    ("sim-401", "key_rejected", 1),
    ("sim-402", "out_of_credit", 1),
    ("sim-429", "rate_limited", 2),
    ("sim-500", "unavailable", 2),
    ("sim-reset", "connection_failed", 2),
    ("sim-silence", "timeout", None),  # a busy machine may end an attempt before it arrived
    ("sim-blank", "blank_answer", 2),
]
WITHIN_THE_ANSWER = ["sim-cut", "sim-invalid-json", "sim-stall"]


def session_with(caller: Callers, model: str) -> Session:
    config = ModelConfig(model, 0.7, 1000, 0.9)
    role = stored_role(caller.user_id, model_config=config)
    return stored_session(caller.user_id, role_id=role.id)


async def ask(user: AsgiClient, session: Session) -> Events:
    return await (await user.open("POST", f"{CHAT}/{session.id}/stream", HELLO)).rest()


def saved(session: Session) -> list[Message]:
    found, newest = find_session_and_newest(session.id, 20)
    assert found
    assert found.message_count == len(newest)
    return newest[::-1]


@pytest.mark.parametrize(("model", "reason", "made"), BEFORE_THE_ANSWER)
async def test_a_stream_that_never_began_ends_with_an_error_and_costs_nothing(
    user: AsgiClient,
    caller: Callers,
    models: Registry,
    simulator: Simulator,
    model: str,
    reason: str,
    made: int | None,
) -> None:
    session = session_with(caller, model)
    heard = await ask(user, session)
    assert len(heard.events) == 2
    assert heard.last["error"]["code"] == "UPSTREAM_ERROR"
    question, answer = saved(session)
    assert question.content == HELLO["message"]
    assert (answer.status, answer.content) == ("failed", "")
    assert made is None or await simulator.chat_calls() == made
    assert books.stored_lines(caller.user_id) == []
    assert books.month(caller.user_id)["available"] == 0


@pytest.mark.parametrize(("model", "reason", "made"), BEFORE_THE_ANSWER)
async def test_a_whole_answer_that_fails_is_a_502_with_provider_and_reason(
    caller: Callers,
    models: Registry,
    simulator: Simulator,
    model: str,
    reason: str,
    made: int | None,
) -> None:
    session = session_with(caller, model)
    user = AsgiClient(chat_app, caller.user)
    exchange = await user.open("POST", f"{CHAT}/{session.id}/complete", HELLO)
    error = (await exchange.body())["error"]
    assert (exchange.status, error["code"]) == (502, "UPSTREAM_ERROR")
    assert error["details"]["provider"] == ("silent" if model == "sim-silence" else "sim")
    assert error["details"]["reason"] == reason
    assert [message.status for message in saved(session)] == ["complete", "failed"]
    assert made is None or await simulator.chat_calls() == made
    assert books.month(caller.user_id)["available"] == 0


@pytest.mark.parametrize("model", WITHIN_THE_ANSWER)
async def test_a_stream_cut_in_the_middle_keeps_what_was_said_and_is_never_retried(
    user: AsgiClient, caller: Callers, models: Registry, simulator: Simulator, model: str
) -> None:
    session = session_with(caller, model)
    heard = await ask(user, session)
    assert heard.content
    assert heard.last["error"]["code"] == "UPSTREAM_ERROR"
    answer = saved(session)[-1]
    assert (answer.status, answer.content) == ("incomplete", heard.content)
    assert await simulator.chat_calls() == 1
    (line,) = books.stored_lines(caller.user_id)
    assert (line["status"], line["prompt_tokens"] > 0) == ("failed", True)
    assert books.counters(caller.user_id) == books.sums_of_lines(caller.user_id)


async def test_after_a_failure_sending_again_works(
    user: AsgiClient, caller: Callers, models: Registry, simulator: Simulator
) -> None:
    session = session_with(caller, "sim")
    await simulator.told(mode="500", times=2)
    assert "error" in (await ask(user, session)).last
    assert (await ask(user, session)).last["done"] is True
    assert [message.status for message in saved(session)] == [
        "complete",
        "failed",
        "complete",
        "complete",
    ]


async def test_the_providers_own_usage_is_what_is_counted(
    user: AsgiClient, caller: Callers, models: Registry
) -> None:
    session = session_with(caller, "sim")
    usage: dict[str, Any] = (await ask(user, session)).last["usage"]
    (line,) = books.stored_lines(caller.user_id)
    assert usage["prompt_tokens"] == line["prompt_tokens"] > 0
    assert usage["completion_tokens"] == line["completion_tokens"] > 0


async def test_a_stop_closes_the_connection_to_the_model_server(
    user: AsgiClient, caller: Callers, models: Registry, simulator: Simulator
) -> None:
    session = session_with(caller, "sim-slow-40")
    exchange = await user.open("POST", f"{CHAT}/{session.id}/stream", HELLO)
    begun = await exchange.until(4)
    stopped = await stop_answer(caller.user_id, session.id, begun.message_id)
    heard = await exchange.rest()
    assert heard.last["stopped"] is True
    assert stopped.content == heard.content
    for _ in range(50):
        if (await simulator.report())["open_connections"] == 0:
            break
        await asyncio.sleep(0.02)
    assert (await simulator.report())["open_connections"] == 0
