"""Conversations: how many, how busy, with which roles."""

import pytest

from functions.chat.handler import handler as chat
from shared.core import clock, ids
from shared.data.chat_activity import count_messages
from shared.data.chat_sessions import Session, delete_session
from shared.data.transaction import Transaction
from tests.support.analytics import CONVERSATIONS
from tests.support.aws import counted_calls
from tests.support.chat import stored_session
from tests.support.http import Client
from tests.support.models import ScriptedModel, serve

DAYS = {"start_date": "2026-11-02", "end_date": "2026-11-03"}


def talked(session: Session, moment: str, messages: int = 2) -> None:
    """What a turn counts in its transaction."""
    with clock.travelling(clock.parse(moment).timestamp):
        transaction = Transaction()
        count_messages(transaction, session, messages)
        transaction.commit()


def session_with(owner_id: str, role_id: str, role_name: str = "客服") -> Session:
    return stored_session(owner_id, role_id=role_id, role_name=role_name)


def test_a_turn_makes_its_session_active(client, caller, monkeypatch):
    serve(monkeypatch, ScriptedModel())
    session = stored_session(caller.user_id)
    stored_session(caller.user_id)
    for _ in range(2):
        path = f"/api/v1/chat/{session.id}/complete"
        assert Client(chat, caller.user).post(path, {"message": "你好"}).status == 200

    found = client.get(CONVERSATIONS).data

    assert (found["total_conversations"], found["active_conversations"]) == (2, 1)
    assert found["avg_messages_per_session"] == 4.0
    assert found["top_roles"] == [
        {"role_id": session.role_id, "role_name": session.role_name, "conversations": 1}
    ]


def test_active_is_who_talked_within_the_days_of_the_zone(client, caller):
    before, within, after = (session_with(caller.user_id, ids.new_id("role")) for _ in range(3))
    talked(before, "2026-11-01T15:59:59Z")
    talked(within, "2026-11-01T16:00:00Z")
    talked(within, "2026-11-03T15:59:59Z", 4)
    talked(after, "2026-11-03T16:00:00Z")

    found = client.get(CONVERSATIONS, **DAYS).data

    assert found["total_conversations"] == 3
    assert found["active_conversations"] == 1
    assert found["avg_messages_per_session"] == 6.0
    assert [each["role_id"] for each in found["top_roles"]] == [within.role_id]


def test_the_ten_roles_with_the_most_conversations(client, caller):
    roles = [ids.new_id("role") for _ in range(12)]
    for count, role_id in enumerate(roles, start=1):
        for _ in range(min(count, 3)):
            talked(session_with(caller.user_id, role_id, f"角色 {count}"), "2026-11-02T04:00:00Z")

    top = client.get(CONVERSATIONS, **DAYS).data["top_roles"]

    assert [each["conversations"] for each in top] == [3] * 10
    assert [each["role_id"] for each in top] == sorted(roles[2:])
    assert top[0]["role_name"].startswith("角色 ")


def test_a_deleted_conversation_was_active_all_the_same(client, caller):
    session = session_with(caller.user_id, ids.new_id("role"))
    talked(session, "2026-11-02T04:00:00Z")
    delete_session(session)

    found = client.get(CONVERSATIONS, **DAYS).data

    assert (found["total_conversations"], found["active_conversations"]) == (0, 1)


def test_nobody_talked(client):
    found = client.get(CONVERSATIONS).data
    assert found["avg_messages_per_session"] == 0.0
    assert found["top_roles"] == []


def test_a_read_is_two_calls_however_much_was_said(client, caller, monkeypatch):
    session = session_with(caller.user_id, ids.new_id("role"))
    for _ in range(20):
        talked(session, "2026-11-02T04:00:00Z")
    client.get(CONVERSATIONS)
    with counted_calls(monkeypatch) as calls:
        assert client.get(CONVERSATIONS, **DAYS).data["avg_messages_per_session"] == 40.0
    assert {name: count for name, count in calls.items() if name != "UpdateItem"} == {
        "Query": 1, "GetItem": 1,
    }  # fmt: skip


@pytest.mark.parametrize("start", ["x", "2026-11-04"])
def test_what_is_not_valid_is_named(client, start):
    answer = client.get(CONVERSATIONS, start_date=start, end_date="2026-11-03")
    assert (answer.status, answer.error["details"]["field"]) == (400, "start_date")
