"""/users: what admins do with users."""

from typing import Any

import pytest

from shared.auth import credentials
from shared.core import clock
from tests.support.accounts import (
    PASSWORD,
    Account,
    login,
    new_account,
    new_admin,
    new_email,
    refresh,
)
from tests.support.at_once import at_once
from tests.support.aws import counted_calls

USERS = "/api/v1/users"
ME = f"{USERS}/me"
UNKNOWN = "user_01KJ0000000000000000000000"


def forget() -> None:
    """As after 30 s, or in another copy of the function."""
    credentials.memory.cache_clear()


def test_a_created_user_signs_in_with_the_given_password(admin: Account) -> None:
    body = {"email": " New@Example.com ", "name": "新用户", "password": PASSWORD}
    answer = admin.client.post(USERS, body)
    assert answer.status == 201
    assert answer.data["email"] == "new@example.com"
    assert answer.data["status"] == "active"
    assert "access_token" not in answer.data
    assert login("new@example.com").status == 200


def test_a_user_without_a_password_signs_in_once_an_admin_sets_one(admin: Account) -> None:
    made = admin.client.post(USERS, {"email": "new@example.com", "name": "n"}).data
    assert login("new@example.com").status == 401
    path = f"{USERS}/{made['id']}"
    assert admin.client.put(path, {"password": PASSWORD}).status == 200
    assert login("new@example.com").status == 200


def test_a_password_set_by_an_admin_ends_every_sign_in(user: Account, admin: Account) -> None:
    admin.client.put(f"{USERS}/{user.id}", {"password": "another horse, another battery"})
    forget()
    assert user.client.get(ME).status == 401
    assert refresh(user.refresh_token).status == 401
    assert login(user.email).status == 401
    assert login(user.email, "another horse, another battery").status == 200


def test_a_taken_email_is_refused(user: Account, admin: Account) -> None:
    answer = admin.client.post(USERS, {"email": user.email, "name": "n"})
    assert answer.status == 409
    assert answer.error["code"] == "CONFLICT"


def test_a_repeated_creation_makes_one_user(admin: Account) -> None:
    body = {"email": "new@example.com", "name": "n"}
    first = admin.client.post(USERS, body, idempotency_key="k1")
    again = admin.client.post(USERS, body, idempotency_key="k1")
    assert (first.status, again.status) == (201, 201)
    assert again.data == first.data
    assert again.headers["idempotent-replay"] == "true"
    other_body = admin.client.post(USERS, {**body, "name": "m"}, idempotency_key="k1")
    assert other_body.status == 409
    assert admin.client.get(USERS).data["total"] == 2


def test_the_list_is_paged_newest_first_with_an_exact_total(admin: Account) -> None:
    made = [new_account().id for _ in range(4)]
    first = admin.client.get(USERS, page_size=3).data
    assert [item["id"] for item in first["items"]] == made[:0:-1]
    assert {key: first[key] for key in ("total", "page", "page_size", "total_pages")} == {
        "total": 5,
        "page": 1,
        "page_size": 3,
        "total_pages": 2,
    }
    second = admin.client.get(USERS, page=2, page_size=3).data
    assert [item["id"] for item in second["items"]] == [made[0], admin.id]
    for page in (9, 2**64):
        past = admin.client.get(USERS, page=page, page_size=3).data
        assert (past["items"], past["total"]) == ([], 5)


@pytest.mark.parametrize("query", ["page=0", "page=x", "page_size=0", "page_size=101"])
def test_pages_outside_the_limits_are_refused(admin: Account, query: str) -> None:
    assert admin.client.get(f"{USERS}?{query}").status == 400


def test_a_user_is_found_by_its_exact_email(user: Account, admin: Account) -> None:
    found = admin.client.get(USERS, email=f" {user.email.upper()} ").data
    assert [item["id"] for item in found["items"]] == [user.id]
    assert (found["total"], found["total_pages"]) == (1, 1)
    none = admin.client.get(USERS, email=new_email()).data
    assert (none["items"], none["total"]) == ([], 0)
    assert admin.client.get(USERS, email="nonsense").status == 400


def test_a_user_reads_its_own_id_and_no_other(user: Account, other: Account) -> None:
    assert user.client.get(f"{USERS}/{user.id}").data["id"] == user.id
    assert user.client.get(f"{USERS}/{other.id}").status == 403
    assert user.client.get(f"{USERS}/{UNKNOWN}").status == 403


@pytest.mark.parametrize("user_id", [UNKNOWN, "user_x", "x" * 3000, "%00", "role_1"])
def test_unknown_ids_are_not_found(admin: Account, user_id: str) -> None:
    path = f"{USERS}/{user_id}"
    assert admin.client.get(path).status == 404
    assert admin.client.put(path, {"name": "n"}).status == 404
    assert admin.client.delete(path).status == 404


def test_an_answer_tells_when_the_change_was(user: Account, admin: Account) -> None:
    later = clock.timestamp() + 60
    with clock.travelling(lambda: later):
        changed = admin.client.put(f"{USERS}/{user.id}", {"name": "新"}).data
        read = admin.client.get(f"{USERS}/{user.id}").data
    assert changed == read
    assert clock.parse(changed["updated_at"]).timestamp() == int(later)


def test_a_change_touches_what_is_sent(user: Account, admin: Account) -> None:
    path = f"{USERS}/{user.id}"
    plan = {"plan": "pro", "expires_at": "2030-01-01T08:00:00+08:00"}
    changed = admin.client.put(path, {"roles": ["teacher", "student"], "subscription": plan})
    assert changed.status == 200
    assert changed.data["roles"] == ["student", "teacher"]
    expected = {"plan": "pro", "status": "active", "expires_at": "2030-01-01T00:00:00Z"}
    assert changed.data["subscription"] == expected
    again = admin.client.put(path, {"subscription": {"status": "cancelled"}, "name": "新"})
    assert again.data["subscription"] == {**expected, "status": "cancelled"}
    assert again.data["roles"] == ["student", "teacher"]
    ended = admin.client.put(path, {"subscription": {"expires_at": None}, "roles": []})
    assert ended.data["subscription"]["expires_at"] is None
    assert ended.data["roles"] == []
    assert admin.client.get(path).data == ended.data


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"roles": ["owner"]}, "roles.0"),
        ({"roles": [1] * 21}, "roles"),
        ({"roles": "admin"}, "roles"),
        ({"status": "deleting"}, "status"),
        ({"subscription": {"plan": "Pro!"}}, "subscription.plan"),
        ({"subscription": {"expires_at": "soon"}}, "subscription.expires_at"),
        ({"subscription": {"seats": 2}}, "subscription.seats"),
        ({"subscription": None}, "subscription"),
        ({"email": "new@example.com"}, "email"),
        ({"workspace_id": "ws_1"}, "workspace_id"),
        ({"password": "password1"}, "password"),
    ],
)
def test_bad_changes_are_refused(
    user: Account, admin: Account, body: dict[str, Any], field: str
) -> None:
    answer = admin.client.put(f"{USERS}/{user.id}", body)
    assert answer.status == 400
    assert answer.error["details"]["field"] == field


def test_new_roles_revoke_the_tokens_that_carry_the_old_ones(user: Account, admin: Account) -> None:
    admin.client.put(f"{USERS}/{user.id}", {"roles": ["admin"]})
    forget()
    assert user.client.get(ME).status == 401
    renewed = refresh(user.refresh_token)
    assert renewed.status == 200
    promoted = user.client.as_caller(renewed.data["access_token"])
    assert promoted.get(USERS).status == 200


def test_a_demoted_admin_is_none_any_more(admin: Account) -> None:
    second = new_admin()
    admin.client.put(f"{USERS}/{second.id}", {"roles": []})
    forget()
    assert second.client.get(USERS).status == 401
    token = refresh(second.refresh_token).data["access_token"]
    assert second.client.as_caller(token).get(USERS).status == 403


def test_a_disabled_user_is_out_and_comes_back_at_once(user: Account, admin: Account) -> None:
    key = user.client.post("/api/v1/api-keys", {"name": "k"}).data["key"]
    path = f"{USERS}/{user.id}"
    assert admin.client.put(path, {"status": "disabled"}).data["status"] == "disabled"
    forget()
    assert user.client.get(ME).status == 401
    assert user.client.as_caller(key).get(ME).status == 401
    assert refresh(user.refresh_token).status == 401
    assert login(user.email).status == 401

    assert admin.client.put(path, {"status": "active"}).status == 200
    again = login(user.email)
    assert again.status == 200
    assert user.client.as_caller(again.data["access_token"]).get(ME).status == 200
    assert refresh(user.refresh_token).status == 401
    forget()
    assert user.client.as_caller(key).get(ME).status == 200
    assert user.client.get(ME).status == 401


def test_memory_refuses_a_disabled_user_within_a_minute(user: Account, admin: Account) -> None:
    key = user.client.post("/api/v1/api-keys", {"name": "k"}).data["key"]
    by_key = user.client.as_caller(key)
    assert (user.client.get(ME).status, by_key.get(ME).status) == (200, 200)
    admin.client.put(f"{USERS}/{user.id}", {"status": "disabled"})
    later = clock.timestamp() + 31
    with clock.travelling(lambda: later):
        assert (user.client.get(ME).status, by_key.get(ME).status) == (401, 401)


@pytest.mark.parametrize("change", [{"roles": ["teacher"]}, {"status": "disabled"}])
def test_the_last_admin_stays_one(admin: Account, change: dict[str, Any]) -> None:
    path = f"{USERS}/{admin.id}"
    refused = admin.client.put(path, change)
    assert refused.status == 409
    new_admin()
    assert admin.client.put(path, change).status == 200


def test_a_disabled_admin_does_not_count(admin: Account) -> None:
    second = new_admin()
    admin.client.put(f"{USERS}/{second.id}", {"status": "disabled"})
    assert admin.client.put(f"{USERS}/{admin.id}", {"roles": []}).status == 409
    admin.client.put(f"{USERS}/{second.id}", {"status": "active"})
    assert admin.client.put(f"{USERS}/{admin.id}", {"roles": []}).status == 200


def test_changes_at_once_lose_nothing(user: Account, admin: Account) -> None:
    path = f"{USERS}/{user.id}"
    bodies = [{"roles": ["teacher"]}, {"subscription": {"plan": "pro"}}, {"name": "新"}]
    changes = [lambda body=body: admin.client.put(path, body) for body in bodies]
    assert [answer.status for answer in at_once(changes)] == [200, 200, 200]
    shown = admin.client.get(path).data
    assert (shown["roles"], shown["subscription"]["plan"], shown["name"]) == (
        ["teacher"],
        "pro",
        "新",
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", USERS, {"email": "new@example.com", "name": "n"}, {"TransactWriteItems": 1}),
        ("GET", USERS, None, {"GetItem": 1, "Query": 1}),
        ("PUT", f"{USERS}/{{id}}", {"name": "m"}, {"GetItem": 1, "TransactWriteItems": 1}),
    ],
)
def test_calls_per_route(
    user: Account,
    admin: Account,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    body: Any,
    expected: dict[str, int],
) -> None:
    for _ in range(2):
        admin.client.get(ME)
    with counted_calls(monkeypatch) as calls:
        answer = admin.client.call(method, path.format(id=user.id), body=body)
    assert answer.status in (200, 201)
    assert calls == expected
