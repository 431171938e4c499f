"""The store fails, or the function dies, at the worst moment."""

from collections.abc import Callable
from typing import Any

import botocore.endpoint
import pytest
from botocore.exceptions import EndpointConnectionError

from functions.roles import routes, service
from shared.data import changing
from shared.data.role_versions import find_version
from shared.data.roles import find_own_cards, find_role
from shared.data.transaction import ConditionFailed
from tests.integration.conftest import Callers
from tests.integration.roles.conftest import ROLES
from tests.support.http import Client
from tests.support.roles import role_body, stored_role


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`unreachable("GetItem")`: from now on that operation does not reach its service."""
    real = botocore.endpoint.Endpoint.make_request

    def fail(operation_name: str) -> None:
        def request(self: Any, operation: Any, call: Any) -> Any:
            if operation.name == operation_name:
                raise EndpointConnectionError(endpoint_url="https://dynamodb.invalid")
            return real(self, operation, call)

        monkeypatch.setattr(botocore.endpoint.Endpoint, "make_request", request)

    return fail


@pytest.mark.parametrize(
    ("operation", "method", "path"),
    [
        ("GetItem", "GET", "/{id}"),
        ("Query", "GET", ""),
        ("Query", "GET", "/{id}/versions"),
        ("TransactWriteItems", "POST", ""),
        ("TransactWriteItems", "PUT", "/{id}"),
        ("TransactWriteItems", "DELETE", "/{id}"),
        ("BatchWriteItem", "DELETE", "/{id}"),
    ],
)
def test_a_store_that_is_away_is_a_503_and_leaves_the_role_whole(
    user: Client,
    caller: Callers,
    unreachable: Callable[[str], None],
    operation: str,
    method: str,
    path: str,
) -> None:
    role = stored_role(caller.user_id)
    user.put(f"{ROLES}/{role.id}", {"name": "二"})
    before = find_role(role.id)
    body = role_body(name="三") if method in ("POST", "PUT") else None
    unreachable(operation)
    answer = user.call(method, ROLES + path.format(id=role.id), body=body)
    assert (answer.status, answer.error["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["retry-after"]
    if operation != "GetItem":
        assert find_role(role.id) == before


def test_a_role_that_never_stands_still_is_a_503(
    user: Client, caller: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*_: object) -> None:
        raise ConditionFailed(frozenset({"role"}), {})

    monkeypatch.setattr(service, "store_version", changed)
    monkeypatch.setattr(changing, "LONGEST_WAIT_S", 0)
    answer = user.put(f"{ROLES}/{stored_role(caller.user_id).id}", {"name": "新"})
    assert (answer.status, answer.error["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["retry-after"]


def test_a_deletion_that_died_half_way_can_be_repeated(
    user: Client, caller: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = stored_role(caller.user_id)
    path = f"{ROLES}/{role.id}"
    user.put(path, {"name": "二"})

    def die(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("shared.data.role_deletion.delete_role", die)
        assert user.delete(path).status == 500
    assert find_version(role.id, 1) is None
    assert user.get(path).status == 200
    assert user.delete(path).status == 200
    assert find_own_cards(caller.user_id).total == 0


def test_a_call_that_died_after_its_write_is_found_by_its_repeat(
    user: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(routes, "_shown", die)
        assert user.post(ROLES, role_body(), Idempotency_Key="k-3").status == 500
    made = user.get(ROLES).data["items"][0]["id"]
    again = user.post(ROLES, role_body(), Idempotency_Key="k-3")
    assert (again.status, again.data["id"]) == (201, made)
    assert user.get(ROLES).data["total"] == 1
