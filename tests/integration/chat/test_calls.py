"""AWS calls a request costs (docs/benchmarks.md); the caller's limit is written once in five."""

from collections.abc import Callable

import pytest

from shared.core import ids
from shared.data.chat_sessions import Session
from tests.integration.chat.conftest import CHAT, SESSIONS
from tests.integration.conftest import Callers
from tests.support.aws import counted_calls
from tests.support.chat import stored_session
from tests.support.http import Answer, Client
from tests.support.models import ScriptedModel, calls, says
from tests.support.roles import stored_role

Count = Callable[[Callable[[], Answer]], dict[str, int]]


@pytest.fixture
def calls_of(user: Client, monkeypatch: pytest.MonkeyPatch) -> Count:
    """Counts the calls of one request of a caller this copy has met before."""

    def count(request: Callable[[], Answer]) -> dict[str, int]:
        for _ in range(2):  # the second one takes a lease of the limit for the next four
            user.get(f"{SESSIONS}/{ids.new_id('session')}")
        with counted_calls(monkeypatch) as made:
            assert request().status < 300
        return dict(made)

    return count


def test_reading_a_session_with_its_newest_messages_is_one_call(
    user: Client, session: Session, calls_of: Count
) -> None:
    assert calls_of(lambda: user.get(f"{SESSIONS}/{session.id}")) == {"Query": 1}


def test_reading_a_message_is_one_call(
    user: Client, session: Session, model: ScriptedModel, calls_of: Count
) -> None:
    turn = user.post(f"{CHAT}/{session.id}/complete", {"message": "你好"}).data
    path = f"{CHAT}/{session.id}/messages/{turn['message_id']}"
    assert calls_of(lambda: user.get(path)) == {"BatchGetItem": 1}


def test_a_list_is_at_most_two_calls(user: Client, session: Session, calls_of: Count) -> None:
    assert calls_of(lambda: user.get(SESSIONS)) == {"Query": 1}
    filtered = calls_of(lambda: user.get(SESSIONS, role_id=session.role_id))
    assert filtered == {"GetItem": 1, "Query": 1}


def test_a_new_session_is_two_calls_and_a_new_title_one(
    user: Client, caller: Callers, session: Session, calls_of: Count
) -> None:
    role = stored_role(caller.user_id)
    made = calls_of(lambda: user.post(SESSIONS, {"role_id": role.id}))
    assert made == {"GetItem": 1, "TransactWriteItems": 1}
    path = f"{SESSIONS}/{session.id}"
    assert calls_of(lambda: user.put(path, {"title": "标题"})) == {"UpdateItem": 1}


def test_a_turn_is_four_calls(
    user: Client, session: Session, model: ScriptedModel, calls_of: Count
) -> None:
    path = f"{CHAT}/{session.id}/complete"
    user.post(path, {"message": "你好"})  # the ledger's month is open from now on
    made = calls_of(lambda: user.post(path, {"message": "你好"}))
    assert made == {"Query": 1, "GetItem": 1, "TransactWriteItems": 2}


def test_another_round_for_a_skill_adds_two_writes_of_the_ledger(
    user: Client, caller: Callers, model: ScriptedModel, calls_of: Count
) -> None:
    role = stored_role(caller.user_id, skills=("web_search",))
    path = f"{CHAT}/{stored_session(caller.user_id, role_id=role.id).id}/complete"
    user.post(path, {"message": "你好"})
    model.requests.clear()
    model.scripts = [calls("web_search", '{"query": "x"}'), says("没有。")]
    made = calls_of(lambda: user.post(path, {"message": "你好"}))
    assert made == {"Query": 1, "GetItem": 1, "TransactWriteItems": 4}
