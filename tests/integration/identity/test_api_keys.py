"""/api-keys: making, listing, revoking; what a key may do."""

import re
from typing import Any

import pytest

from shared.auth import credentials
from shared.aws.secrets import forget_secrets
from shared.core import clock, ids
from tests.support import callers, signing_keys
from tests.support.accounts import Account
from tests.support.at_once import at_once
from tests.support.aws import counted_calls

KEYS = "/api/v1/api-keys"
ME = "/api/v1/users/me"


def test_a_new_key_is_shown_once_and_works(user: Account) -> None:
    answer = user.client.post(KEYS, {"name": " 服务器 "})
    assert answer.status == 201
    made = answer.data
    secret = made.pop("key")
    assert re.fullmatch(r"rc_[A-Za-z0-9_-]{43}", secret)
    assert made["id"].startswith("key_")
    assert made["name"] == "服务器"
    assert made["prefix"] == secret[:10]
    assert made["scopes"] == ["all"]
    assert made["expires_at"] is None
    assert made["last_used_at"] is None
    listed = user.client.get(KEYS)
    assert listed.data["items"] == [made]
    assert secret not in listed.text
    assert user.client.as_caller(secret).get(ME).data["id"] == user.id


def test_keys_are_listed_newest_first_for_their_owner_only(user: Account, other: Account) -> None:
    made = [user.client.post(KEYS, {"name": f"k{n}"}).data["id"] for n in range(3)]
    other.client.post(KEYS, {"name": "another's"})
    page = user.client.get(KEYS, page_size=2).data
    assert [item["id"] for item in page["items"]] == [made[2], made[1]]
    assert (page["total"], page["total_pages"]) == (3, 2)


def test_last_use_is_noted_to_the_minute(user: Account) -> None:
    secret = user.client.post(KEYS, {"name": "k"}).data["key"]
    user.client.as_caller(secret).get(ME)
    used = user.client.get(KEYS).data["items"][0]["last_used_at"]
    assert used.endswith(":00Z")
    assert abs(clock.parse(used).timestamp() - clock.timestamp()) <= 61


def test_a_revoked_key_is_refused_within_a_minute(user: Account) -> None:
    made = user.client.post(KEYS, {"name": "k"}).data
    by_key = user.client.as_caller(made["key"])
    assert by_key.get(ME).status == 200
    assert user.client.delete(f"{KEYS}/{made['id']}").status == 200
    later = clock.timestamp() + 31
    with clock.travelling(lambda: later):
        assert by_key.get(ME).status == 401
    assert user.client.get(KEYS).data["items"] == []
    assert user.client.delete(f"{KEYS}/{made['id']}").status == 404


def test_nobody_revokes_anothers_key(user: Account, other: Account, admin: Account) -> None:
    made = user.client.post(KEYS, {"name": "k"}).data
    for somebody in (other, admin):
        assert somebody.client.delete(f"{KEYS}/{made['id']}").status == 404
    assert user.client.delete(f"{KEYS}/{ids.new_id('key')}").status == 404
    assert user.client.as_caller(made["key"]).get(ME).status == 200


def test_a_key_ends_at_its_time(user: Account) -> None:
    now = clock.timestamp()
    end = clock.iso(clock.parse("1970-01-01").fromtimestamp(now + 3600, clock.now().tzinfo))
    made = user.client.post(KEYS, {"name": "k", "expires_at": end}).data
    assert made["expires_at"] == end
    assert user.client.as_caller(made["key"]).get(ME).status == 200
    with clock.travelling(lambda: now + 3601):
        assert user.client.as_caller(made["key"]).get(ME).status == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "字" * 81}, "name"),
        ({"name": "k", "scopes": []}, "scopes"),
        ({"name": "k", "scopes": ["chat", "everything"]}, "scopes.1"),
        ({"name": "k", "scopes": [1] * 21}, "scopes"),
        ({"name": "k", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "k", "expires_at": "tomorrow"}, "expires_at"),
        ({"name": "k", "expires_at": 4102444800}, "expires_at"),
        ({"name": "k", "key": "rc_mine"}, "key"),
    ],
)
def test_bad_bodies_are_refused(user: Account, body: dict[str, Any], field: str) -> None:
    answer = user.client.post(KEYS, body)
    assert answer.status == 400
    assert answer.error["details"]["field"] == field


def test_scopes_are_kept_once_each(user: Account) -> None:
    made = user.client.post(KEYS, {"name": "k", "scopes": ["images", "chat", "chat"]}).data
    assert made["scopes"] == ["chat", "images"]


def test_a_user_has_at_most_50_keys(user: Account) -> None:
    for _ in range(48):
        callers.api_key_of(user.id)
    answers = at_once([lambda: user.client.post(KEYS, {"name": "k"})] * 4)
    assert sorted(answer.status for answer in answers) == [201, 201, 409, 409]
    refused = next(answer for answer in answers if answer.status == 409)
    assert refused.error["message"] == "每个用户最多 50 个 API 密钥"
    last = user.client.get(KEYS).data["items"][0]["id"]
    user.client.delete(f"{KEYS}/{last}")
    assert user.client.post(KEYS, {"name": "k"}).status == 201


def test_a_repeat_shows_the_same_key_again(user: Account) -> None:
    first = user.client.post(KEYS, {"name": "k"}, idempotency_key="k1")
    again = user.client.post(KEYS, {"name": "k"}, idempotency_key="k1")
    assert (first.status, again.status) == (201, 201)
    assert again.data == first.data
    assert again.headers["idempotent-replay"] == "true"
    assert user.client.get(KEYS).data["total"] == 1


def test_a_repeat_shows_the_same_key_after_the_signing_key_changed(user: Account) -> None:
    first = user.client.post(KEYS, {"name": "k"}, idempotency_key="k1").data
    signing_keys.rotate()
    forget_secrets()
    again = user.client.post(KEYS, {"name": "k"}, idempotency_key="k1").data
    assert again == first


def test_a_repeat_whose_key_was_revoked_says_so(user: Account) -> None:
    made = user.client.post(KEYS, {"name": "k"}, idempotency_key="k1").data
    user.client.delete(f"{KEYS}/{made['id']}")
    again = user.client.post(KEYS, {"name": "k"}, idempotency_key="k1")
    assert again.status == 409
    assert user.client.get(KEYS).data["total"] == 0


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", KEYS, None),
        ("POST", KEYS, {"name": "k"}),
        ("DELETE", f"{KEYS}/key_1", None),
        ("PUT", ME, {"name": "x"}),
        ("PUT", f"{ME}/password", {"current_password": "a", "new_password": "a good new one"}),
        ("DELETE", ME, None),
        ("GET", "/api/v1/users", None),
        ("POST", "/api/v1/users", {"email": "new@example.com", "name": "n"}),
        ("POST", "/api/v1/auth/logout", {"refresh_token": "x"}),
    ],
)
def test_a_key_manages_no_keys_users_or_passwords(
    admin: Account, method: str, path: str, body: Any
) -> None:
    key = callers.api_key_of(admin.id)
    answer = admin.client.as_caller(key).call(method, path, body=body)
    assert answer.status == 403
    assert answer.error["code"] == "FORBIDDEN"


@pytest.mark.parametrize("key", ["rc_", f"rc_{'x' * 43}", "rc_密钥".encode().decode("latin-1")])
def test_unknown_keys_are_refused(user: Account, key: str) -> None:
    assert user.client.as_caller(key).get(ME).status == 401


def test_calls_per_route(user: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    made = user.client.post(KEYS, {"name": "k"}).data
    user.client.get(KEYS)
    with counted_calls(monkeypatch) as calls:
        user.client.post(KEYS, {"name": "k"})
    assert calls == {"TransactWriteItems": 1}
    with counted_calls(monkeypatch) as calls:
        user.client.get(KEYS)
    assert calls == {"GetItem": 1, "BatchGetItem": 1}
    with counted_calls(monkeypatch) as calls:
        user.client.delete(f"{KEYS}/{made['id']}")
    assert calls == {"GetItem": 1, "TransactWriteItems": 1}
    credentials.memory.cache_clear()
