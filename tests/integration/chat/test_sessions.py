"""Sessions: made, listed by time of change, read, renamed, deleted."""

import pytest

from shared.chat.account import delete_some
from shared.chat.sweep import delete_remains
from shared.core import clock, ids
from shared.data.chat_messages import Message, delete_messages, store_message
from shared.data.chat_sessions import Session, find_deleted, note_turn
from shared.data.transaction import Transaction
from tests.integration.chat.conftest import CHAT, SESSIONS
from tests.integration.conftest import Callers
from tests.support.chat import stored_session
from tests.support.http import Client
from tests.support.models import ScriptedModel
from tests.support.roles import stored_role


def stored_messages(session: Session, count: int) -> list[str]:
    """Messages of a session, in the table, oldest first."""
    made = [ids.new_id("msg") for _ in range(count)]
    for start in range(0, count, 50):
        transaction = Transaction()
        part = made[start : start + 50]
        for number, message_id in enumerate(part, start):
            message = Message(
                id=message_id,
                session_id=session.id,
                owner_id=session.owner_id,
                author="user",
                content=f"第{number}条",
                status="complete",
                created_at=clock.iso_ms(clock.now()),
            )
            store_message(transaction, message)
        note_turn(transaction, session.id, "x", added=len(part))
        transaction.commit()
    return made


def test_a_new_session_has_the_fields_of_the_contract(user: Client, caller: Callers) -> None:
    role = stored_role(caller.user_id)
    answer = user.post(SESSIONS, {"role_id": role.id, "title": " 租房 ", "mode": "task"})
    assert answer.status == 201
    assert ids.is_id("session", answer.data["id"])
    assert (answer.data["title"], answer.data["mode"]) == ("租房", "task")
    assert answer.data["role_id"] == role.id
    read = user.get(f"{SESSIONS}/{answer.data['id']}").data
    assert (read["messages"], read["has_more"], read["message_count"]) == ([], False, 0)
    assert read["created_at"] == answer.data["created_at"]


def test_a_public_role_of_somebody_else_will_do(user: Client, caller: Callers) -> None:
    role = stored_role(caller.other_user_id, is_public=True)
    assert user.post(SESSIONS, {"role_id": role.id}).status == 201


def test_a_role_that_is_not_there_or_private_is_not_found(user: Client, caller: Callers) -> None:
    private = stored_role(caller.other_user_id).id
    for role_id in (private, ids.new_id("role"), "nonsense"):
        answer = user.post(SESSIONS, {"role_id": role_id})
        assert (answer.status, answer.error["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("field", "value"),
    [("role_id", ""), ("title", "长" * 121), ("mode", "talk"), ("colour", "red"), ("title", 5)],
)
def test_a_wrong_field_is_named(user: Client, caller: Callers, field: str, value: object) -> None:
    body = {"role_id": stored_role(caller.user_id).id, field: value}
    answer = user.post(SESSIONS, body)
    assert (answer.status, answer.error["details"]["field"]) == (400, field)


def test_the_list_is_ordered_by_the_last_change(
    user: Client, caller: Callers, model: ScriptedModel
) -> None:
    first, second, third = (stored_session(caller.user_id) for _ in range(3))
    user.post(f"{CHAT}/{first.id}/complete", {"message": "你好"})
    page = user.get(SESSIONS).data
    assert [item["id"] for item in page["items"]] == [first.id, third.id, second.id]
    assert (page["total"], page["total_pages"]) == (3, 1)
    assert page["items"][0]["role_name"] == "合同助手"
    assert page["items"][0]["last_message"] == "好的。"
    assert page["items"][1]["last_message"] == ""


def test_pages_of_a_list(user: Client, caller: Callers) -> None:
    made = [stored_session(caller.user_id).id for _ in range(5)]
    second = user.get(SESSIONS, page=2, page_size=2).data
    assert [item["id"] for item in second["items"]] == [made[2], made[1]]
    assert (second["total"], second["total_pages"]) == (5, 3)
    past = user.get(SESSIONS, page=9, page_size=2).data
    assert (past["items"], past["total"]) == ([], 5)


def test_the_list_of_one_role(user: Client, caller: Callers) -> None:
    role = stored_role(caller.user_id)
    mine = [stored_session(caller.user_id, role_id=role.id).id for _ in range(3)]
    stored_session(caller.user_id)
    page = user.get(SESSIONS, role_id=role.id, page_size=2).data
    assert [item["id"] for item in page["items"]] == [mine[2], mine[1]]
    assert page["total"] == 3
    assert user.get(SESSIONS, role_id=ids.new_id("role")).data["items"] == []


def test_nobody_sees_somebody_elses_sessions(other: Client, caller: Callers) -> None:
    stored_session(caller.user_id)
    assert other.get(SESSIONS).data["total"] == 0


def test_messages_in_pages_from_the_newest_back(user: Client, caller: Callers) -> None:
    session = stored_session(caller.user_id)
    made = stored_messages(session, 60)
    path = f"{SESSIONS}/{session.id}"
    newest = user.get(path).data
    assert [message["id"] for message in newest["messages"]] == made[10:]
    assert newest["has_more"] is True
    older = user.get(path, before=made[10]).data
    assert [message["id"] for message in older["messages"]] == made[:10]
    assert older["has_more"] is False
    few = user.get(path, before=made[10], limit=3).data
    assert [message["id"] for message in few["messages"]] == made[7:10]
    assert few["has_more"] is True
    assert user.get(path, limit=60).data["has_more"] is False


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"before": "x"}, {"page": 0}])
def test_paging_out_of_range_is_refused(
    user: Client, session: Session, query: dict[str, object]
) -> None:
    path = SESSIONS if "page" in query else f"{SESSIONS}/{session.id}"
    assert user.get(path, **query).status == 400


def test_a_new_title(user: Client, session: Session, model: ScriptedModel) -> None:
    path = f"{SESSIONS}/{session.id}"
    answer = user.put(path, {"title": "新标题"})
    assert (answer.status, answer.data["title"]) == (200, "新标题")
    user.post(f"{CHAT}/{session.id}/complete", {"message": "你好"})
    assert user.get(path).data["title"] == "新标题"
    user.put(path, {"title": ""})
    user.post(f"{CHAT}/{session.id}/complete", {"message": "请重新起名"})
    assert user.get(path).data["title"] == "请重新起名"
    assert user.put(path, {}).status == 400


def test_a_deleted_session_is_gone_with_its_messages(
    user: Client, session: Session, model: ScriptedModel
) -> None:
    turn = user.post(f"{CHAT}/{session.id}/complete", {"message": "你好"}).data
    assert user.delete(f"{SESSIONS}/{session.id}").status == 200
    assert user.get(f"{SESSIONS}/{session.id}").status == 404
    assert user.get(f"{CHAT}/{session.id}/messages/{turn['message_id']}").status == 404
    assert user.post(f"{CHAT}/{session.id}/complete", {"message": "还在吗"}).status == 404
    assert user.delete(f"{SESSIONS}/{session.id}").status == 404
    page = user.get(SESSIONS).data
    assert (page["items"], page["total"]) == ([], 0)
    assert find_deleted(10) == []
    assert delete_messages(session.id, 10) == []


def test_a_long_session_is_unreadable_at_once_and_swept_later(
    user: Client, caller: Callers
) -> None:
    session = stored_session(caller.user_id)
    stored_messages(session, 230)
    assert user.delete(f"{SESSIONS}/{session.id}").status == 200
    assert user.get(f"{SESSIONS}/{session.id}").status == 404
    assert find_deleted(10) == [session.id]
    assert [delete_remains(clock.now()) for _ in range(3)] == [0, 1, 0]
    assert delete_messages(session.id, 10) == []


def test_the_sessions_of_an_account_go_some_at_a_time(user: Client, caller: Callers) -> None:
    for _ in range(3):
        stored_messages(stored_session(caller.user_id), 2)
    kept = stored_session(caller.other_user_id)
    assert [delete_some(caller.user_id, limit=2) for _ in range(3)] == [False, False, True]
    assert delete_some(caller.user_id) is True
    assert user.get(SESSIONS).data["total"] == 0
    assert user.as_caller(caller.other_user).get(SESSIONS).data["items"][0]["id"] == kept.id


def test_the_same_key_makes_one_session(user: Client, caller: Callers) -> None:
    body = {"role_id": stored_role(caller.user_id).id}
    first = user.post(SESSIONS, body, idempotency_key="k")
    again = user.post(SESSIONS, body, idempotency_key="k")
    assert again.data == first.data
    assert user.get(SESSIONS).data["total"] == 1


def test_usable_models_are_listed(user: Client) -> None:
    items = user.get("/api/v1/models").data["items"]
    builtin = next(item for item in items if item["id"] == "builtin")
    assert builtin["provider"] == "builtin"
    assert builtin["kind"] == "chat"
    assert builtin["context"] > 0
    assert "prices" in builtin


@pytest.mark.parametrize("odd", ["x", "session_1", "session_" + "0" * 3000, "%00", "..", "msg_1"])
def test_what_cannot_be_an_id_is_not_found(user: Client, session: Session, odd: str) -> None:
    for method, path, body in (
        ("GET", f"{SESSIONS}/{odd}", None),
        ("PUT", f"{SESSIONS}/{odd}", {"title": "t"}),
        ("DELETE", f"{SESSIONS}/{odd}", None),
        ("POST", f"{CHAT}/{odd}/complete", {"message": "你好"}),
        ("GET", f"{CHAT}/{session.id}/messages/{odd}", None),
        ("POST", f"{CHAT}/{odd}/messages/{odd}/stop", None),
    ):
        answer = user.call(method, path, body=body)
        assert (answer.status, answer.error["code"]) == (404, "NOT_FOUND")
