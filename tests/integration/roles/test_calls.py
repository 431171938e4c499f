"""AWS calls a request costs (docs/benchmarks.md); the caller's limit is written once in five."""

from collections import Counter
from collections.abc import Callable

import pytest

from shared.core import ids
from shared.data.knowledge_bases import new_knowledge_base, store_knowledge_base
from tests.integration.conftest import Callers
from tests.integration.roles.conftest import ROLES
from tests.support.aws import counted_calls
from tests.support.http import Answer, Client
from tests.support.roles import role_body, stored_role

Count = Callable[[Callable[[], Answer]], dict[str, int]]


@pytest.fixture
def calls_of(user: Client, monkeypatch: pytest.MonkeyPatch) -> Count:
    """Counts the calls of one request of a caller this copy has met before."""

    def count(request: Callable[[], Answer]) -> dict[str, int]:
        for _ in range(2):  # the second one takes a lease of the limit for the next four
            user.get(f"{ROLES}/{ids.new_id('role')}")
        calls: Counter[str]
        with counted_calls(monkeypatch) as calls:
            assert request().status < 300
        return dict(calls)

    return count


def test_reading_a_role_is_one_call(user: Client, caller: Callers, calls_of: Count) -> None:
    role = stored_role(caller.user_id)
    assert calls_of(lambda: user.get(f"{ROLES}/{role.id}")) == {"GetItem": 1}


def test_a_new_role_is_one_call(user: Client, calls_of: Count) -> None:
    body = role_body(is_public=True)
    assert calls_of(lambda: user.post(ROLES, body)) == {"TransactWriteItems": 1}


def test_a_new_role_with_knowledge_is_two_calls(
    user: Client, caller: Callers, calls_of: Count
) -> None:
    kbs = [ids.new_id("kb") for _ in range(3)]
    for kb_id in kbs:
        store_knowledge_base(new_knowledge_base(kb_id, caller.user_id, "资料"))
    calls = calls_of(lambda: user.post(ROLES, role_body(knowledge_bases=kbs)))
    assert calls == {"BatchGetItem": 1, "TransactWriteItems": 1}


@pytest.mark.parametrize(("scope", "queries"), [("mine", 1), ("public", 1), ("all", 2)])
@pytest.mark.parametrize("search", ["", "合同"])
def test_a_list_is_at_most_two_calls(
    user: Client, caller: Callers, calls_of: Count, scope: str, queries: int, search: str
) -> None:
    for number in range(6):
        stored_role(caller.user_id, is_public=number % 2 == 0)
        stored_role(caller.other_user_id, is_public=number % 2 == 1)
    query = {"scope": scope, "search": search, "page": 2, "page_size": 2}
    assert calls_of(lambda: user.get(ROLES, **query)) == {"Query": queries}


def test_a_change_is_a_read_and_a_write(user: Client, caller: Callers, calls_of: Count) -> None:
    path = f"{ROLES}/{stored_role(caller.user_id).id}"
    calls = calls_of(lambda: user.put(path, {"name": "新"}))
    assert calls == {"GetItem": 1, "TransactWriteItems": 1}


def test_versions_are_one_call(user: Client, caller: Callers, calls_of: Count) -> None:
    path = f"{ROLES}/{stored_role(caller.user_id).id}"
    user.put(path, {"name": "新"})
    assert calls_of(lambda: user.get(f"{path}/versions")) == {"Query": 1}


def test_templates_are_no_call(user: Client, calls_of: Count) -> None:
    assert calls_of(lambda: user.get(f"{ROLES}/templates")) == {}
