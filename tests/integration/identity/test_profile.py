"""/users/me: reading, changing, the password."""

from typing import Any

import pytest

from functions.identity import administration, sign_in
from functions.identity.schemas import UserChange
from shared.data.transaction import Transaction
from shared.data.users import Subscription, find_user, update_subscription
from tests.support import callers
from tests.support.accounts import PASSWORD, Account, login, refresh
from tests.support.aws import counted_calls
from tests.support.http import Answer

ME = "/api/v1/users/me"
NEW_PASSWORD = "another horse, another battery"


def change_password(account: Account, current: str = PASSWORD, new: str = NEW_PASSWORD) -> Answer:
    body = {"current_password": current, "new_password": new}
    return account.client.put(f"{ME}/password", body)


def test_reading_oneself_is_one_call(user: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):  # the second request leases rate-limit tokens for those that follow
        user.client.get(ME)
    with counted_calls(monkeypatch) as calls:
        answer = user.client.get(ME)
    assert answer.status == 200
    assert answer.data["id"] == user.id
    assert calls == {"GetItem": 1}


def test_the_end_of_a_bought_plan_is_told_in_whole_seconds(user: Account) -> None:
    before = find_user(user.id)
    assert before is not None
    bought = Transaction()
    update_subscription(bought, before, Subscription("pro", "active", "2027-01-31T09:06:41.083Z"))
    bought.commit()
    assert user.client.get(ME).data["subscription"]["expires_at"] == "2027-01-31T09:06:41Z"


def test_an_api_key_may_read_its_owner(user: Account) -> None:
    key = callers.api_key_of(user.id, ["images"])
    assert user.client.as_caller(key).get(ME).data["id"] == user.id


def test_a_change_touches_what_is_sent(user: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = "https://cdn.example.com/小.png".replace("小", "%E5%B0%8F")
    for _ in range(2):
        user.client.get(ME)
    with counted_calls(monkeypatch) as calls:
        first = user.client.put(ME, {"avatar": picture})
    assert calls == {"UpdateItem": 1}
    assert first.body["message"] == "更新成功"
    assert (first.data["name"], first.data["avatar"]) == ("用户", picture)
    second = user.client.put(ME, {"name": " 新名字 "})
    assert (second.data["name"], second.data["avatar"]) == ("新名字", picture)
    third = user.client.put(ME, {"avatar": None})
    assert (third.data["name"], third.data["avatar"]) == ("新名字", None)
    assert user.client.get(ME).data == third.data
    assert user.client.put(ME, {}).data["name"] == "新名字"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "字" * 81),
        ("name", None),
        ("avatar", "http://example.com/a.png"),
        ("avatar", "https://"),
        ("avatar", "javascript:alert(1)"),
        ("avatar", "https://exa mple.com"),
        ("avatar", "https://example.com:99999/"),
        ("avatar", "https://[::1"),
        ("avatar", f"https://example.com/{'a' * 2048}"),
        ("email", "new@example.com"),
        ("roles", ["admin"]),
        ("status", "active"),
        ("subscription", {"plan": "pro"}),
        ("password", NEW_PASSWORD),
    ],
)
def test_bad_values_and_unknown_fields_are_refused(user: Account, field: str, value: Any) -> None:
    answer = user.client.put(ME, {field: value})
    assert answer.status == 400
    assert answer.error["details"]["field"] == field
    assert user.client.get(ME).data["name"] == "用户"


def test_a_new_password_ends_every_refresh_family(user: Account) -> None:
    elsewhere = login(user.email).data["refresh_token"]
    answer = change_password(user)
    assert answer.status == 200
    assert answer.data is None
    assert refresh(user.refresh_token).status == 401
    assert refresh(elsewhere).status == 401
    assert login(user.email).status == 401
    after = login(user.email, NEW_PASSWORD)
    assert refresh(after.data["refresh_token"]).status == 200


def test_a_wrong_current_password_is_refused_and_counts(user: Account) -> None:
    wrong = change_password(user, current="not the password")
    assert wrong.status == 400
    assert wrong.error["details"]["field"] == "current_password"
    for _ in range(4):
        assert login(user.email, "not the password").status == 401
    assert login(user.email).status == 429
    locked = change_password(user)
    assert locked.status == 429
    assert int(locked.headers["retry-after"]) > 800


def test_a_right_current_password_does_not_count(user: Account) -> None:
    for _ in range(4):
        login(user.email, "not the password")
    assert change_password(user).status == 200
    assert login(user.email, NEW_PASSWORD).status == 200


@pytest.mark.parametrize("new", ["short", "password1", "x" * 129, None])
def test_new_passwords_follow_the_rule(user: Account, new: Any) -> None:
    answer = change_password(user, new=new)
    assert answer.status == 400
    assert answer.error["details"]["field"] == "new_password"
    assert refresh(user.refresh_token).status == 200


def test_a_password_change_that_meets_another_change_is_refused(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sign_in.begin_attempt

    def meanwhile(email: str) -> object:
        administration.update_user(user.id, UserChange(roles=["teacher"]))
        return real(email)

    monkeypatch.setattr(sign_in, "begin_attempt", meanwhile)
    assert change_password(user).status == 409


def test_a_password_change_that_met_nothing_makes_four_calls(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        user.client.get(ME)
    with counted_calls(monkeypatch) as calls:
        assert change_password(user).status == 200
    assert calls == {"GetItem": 1, "Query": 1, "UpdateItem": 1, "TransactWriteItems": 1}
