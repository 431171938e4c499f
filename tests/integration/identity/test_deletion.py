"""DELETE /users/me and /users/:id: unusable at once, the rest by a workflow."""

import json
from datetime import timedelta

import pytest

from functions.identity import accounts, api_keys
from functions.identity.schemas import NewKey
from shared.auth import credentials
from shared.core import ids
from shared.data.api_keys import find_key_ring
from shared.data.outbox import find_overdue
from shared.http.idempotency import Operation
from tests.support.accounts import (
    Account,
    anonymous,
    login,
    new_admin,
    refresh,
    registration,
)
from tests.support.at_once import at_once
from tests.support.aws import counted_calls

ME = "/api/v1/users/me"
KEYS = "/api/v1/api-keys"


def workflows() -> list[dict[str, str]]:
    promises = list(find_overdue("IDENTITY_TABLE", timedelta(seconds=-60)))
    assert {item.destination for item in promises} <= {"workflow:account_deletion"}
    return [{**json.loads(item.body), "request_id": item.request_id} for item in promises]


def test_a_deleted_account_is_unusable_at_once(user: Account) -> None:
    key = user.client.post(KEYS, {"name": "k"}).data["key"]
    answer = user.client.delete(ME)
    assert answer.status == 200
    assert answer.data is None
    credentials.memory.cache_clear()  # 30 s later, or another copy
    assert user.client.get(ME).status == 401
    assert user.client.as_caller(key).get(ME).status == 401
    assert refresh(user.refresh_token).status == 401
    assert login(user.email).status == 401


def test_what_memory_still_lets_in_changes_nothing(user: Account) -> None:
    user.client.delete(ME)
    assert user.client.get(ME).status == 401
    assert user.client.put(ME, {"name": "x"}).status == 401
    assert user.client.post(KEYS, {"name": "k"}).status == 401
    body = {"current_password": "a", "new_password": "a good new password"}
    assert user.client.put(f"{ME}/password", body).status == 401


def test_the_workflow_is_promised_once_with_the_request_id(user: Account) -> None:
    answer = user.client.call("DELETE", ME, headers={"x-request-id": "deletion-1"})
    assert answer.status == 200
    assert user.client.delete(ME).status == 200
    assert workflows() == [{"user_id": user.id, "request_id": "deletion-1"}]


def test_the_email_stays_taken_until_the_workflow_is_done(user: Account) -> None:
    user.client.delete(ME)
    answer = anonymous().post("/api/v1/auth/register", registration(email=user.email))
    assert answer.status == 409


def test_an_admin_deletes_others(user: Account, admin: Account) -> None:
    path = f"/api/v1/users/{user.id}"
    assert admin.client.delete(path).status == 200
    assert admin.client.delete(path).status == 200
    assert [item["user_id"] for item in workflows()] == [user.id]
    assert admin.client.get(path).data["status"] == "deleting"
    going = admin.client.put(path, {"status": "active"})
    assert going.status == 409
    assert going.error["message"] == "该账号正在删除中"


def test_the_last_admin_stays(admin: Account) -> None:
    refused = admin.client.delete(ME)
    assert refused.status == 409
    assert refused.error["message"] == "至少需要保留一名可用的管理员"
    second = new_admin()
    assert admin.client.delete(ME).status == 200
    assert second.client.delete(ME).status == 409


def test_of_two_admins_who_delete_each_other_at_once_one_remains() -> None:
    one, two = new_admin(), new_admin()
    answers = at_once(
        [
            lambda: one.client.delete(f"/api/v1/users/{two.id}"),
            lambda: two.client.delete(f"/api/v1/users/{one.id}"),
        ]
    )
    assert sorted(answer.status for answer in answers) == [200, 409]


def test_a_key_made_while_the_account_is_deleted_is_suspended_too(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = accounts.find_key_ring
    made: list[str] = []

    def then_a_key(owner_id: str) -> object:
        ring = real(owner_id)
        if not made:
            made.append(_make_key(owner_id))
        return ring

    monkeypatch.setattr(accounts, "find_key_ring", then_a_key)
    assert user.client.delete(ME).status == 200
    assert len(find_key_ring(user.id).digests) == 1
    assert user.client.as_caller(made[0]).get(ME).status == 401


def _make_key(owner_id: str) -> str:
    return api_keys.create_key(owner_id, NewKey(name="k"), Operation(ids.new_ulid()))[1]


def test_deletion_gives_up_where_the_account_never_rests(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = accounts.find_key_ring

    def always_another(owner_id: str) -> object:
        ring = real(owner_id)
        _make_key(owner_id)
        return ring

    monkeypatch.setattr(accounts, "find_key_ring", always_another)
    assert user.client.delete(ME).status == 409
    assert workflows() == []


def test_deletion_makes_three_calls(user: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        user.client.get(ME)
    with counted_calls(monkeypatch) as calls:
        assert user.client.delete(ME).status == 200
    assert calls == {"GetItem": 2, "TransactWriteItems": 1}
