"""POST /auth/register."""

from typing import Any

import pytest

from shared.data.users import find_users
from tests.support.accounts import PASSWORD, Account, anonymous, login, registration
from tests.support.at_once import at_once
from tests.support.aws import counted_calls
from tests.support.http import Answer


def register(**fields: Any) -> Answer:
    return anonymous().post("/api/v1/auth/register", registration(**fields))


def test_a_new_user_is_signed_in_and_has_a_free_plan_and_a_workspace() -> None:
    answer = register(email="  Xiao.Ming@Example.COM ", name="  小明  ")
    assert answer.status == 201
    assert answer.body["message"] == "注册成功"
    user = answer.data["user"]
    assert user["id"].startswith("user_")
    assert user["workspace_id"].startswith("ws_")
    assert user["email"] == "xiao.ming@example.com"
    assert user["name"] == "小明"
    assert user["avatar"] is None
    assert user["roles"] == []
    assert user["subscription"] == {"plan": "free", "status": "active", "expires_at": None}
    assert user["created_at"] == user["updated_at"]
    assert user["created_at"].endswith("Z")
    assert "password" not in answer.text
    assert answer.data["expires_in"] == 7200
    assert answer.data["token_type"] == "Bearer"
    me = anonymous().as_caller(answer.data["access_token"]).get("/api/v1/users/me")
    assert me.data == user


def test_an_email_is_registered_once_whatever_its_case(user: Account) -> None:
    answer = register(email=f" {user.email.upper()} ")
    assert answer.status == 409
    assert answer.error["code"] == "CONFLICT"
    assert answer.error["message"] == "该邮箱已被注册"
    assert find_users(1, 20)[1] == 1


def test_of_many_registrations_of_one_email_at_once_exactly_one_wins() -> None:
    body = registration()
    answers = at_once([lambda: anonymous().post("/api/v1/auth/register", body)] * 8)
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    assert login(body["email"]).status == 200
    assert find_users(1, 20)[1] == 1


@pytest.mark.parametrize(
    "password", ["纯中文的密码八个字", "k" * 7 + "!", "é" * 128, "  8spaces", "🙂" * 8]
)
def test_passwords_within_the_rule_work(password: str) -> None:
    body = registration(password=password)
    assert anonymous().post("/api/v1/auth/register", body).status == 201
    assert login(body["email"], password).status == 200
    assert login(body["email"], f"{password} ").status == 401


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short12", "must have at least 8 characters"),
        ("x" * 129, "must have at most 128 characters"),
        ("password1", "is too common, choose another one"),
        ("PASSWORD1", "is too common, choose another one"),
        (None, "must be a text"),
        (12345678, "must be a text"),
    ],
)
def test_passwords_outside_the_rule_are_refused(password: Any, reason: str) -> None:
    answer = register(password=password)
    assert answer.status == 400
    assert answer.error["details"]["field"] == "password"
    assert answer.error["details"]["reason"] == reason


@pytest.mark.parametrize(
    "email",
    [
        "",
        "plain",
        "@example.com",
        "a@",
        "a b@example.com",
        "a@-example.com",
        "a@example..com",
        "用户@example.com",
        "a@example.com\n.x",
        f"{'a' * 250}@example.com",
        None,
        ["a@example.com"],
    ],
)
def test_what_is_no_email_is_refused(email: Any) -> None:
    answer = register(email=email)
    assert answer.status == 400
    assert answer.error["details"]["field"] == "email"


@pytest.mark.parametrize("name", ["", "   ", "字" * 81, None])
def test_names_have_1_to_80_characters(name: Any) -> None:
    answer = register(name=name)
    assert answer.status == 400
    assert answer.error["details"]["field"] == "name"


def test_every_failure_is_listed_and_unknown_fields_are_refused() -> None:
    answer = anonymous().post("/api/v1/auth/register", {"email": "x", "roles": ["admin"]})
    assert answer.status == 400
    fields = {item["field"] for item in answer.error["details"]["errors"]}
    assert fields == {"email", "password", "name", "roles"}


def test_the_same_password_composed_differently_is_the_same(user: Account) -> None:
    body = registration(password="cafe\u0301 au lait")
    assert anonymous().post("/api/v1/auth/register", body).status == 201
    assert login(body["email"], "caf\u00e9 au lait").status == 200


def test_registration_is_one_call_to_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    register()
    with counted_calls(monkeypatch) as calls:
        assert register().status == 201
    assert calls == {"TransactWriteItems": 1}


def test_messages_follow_the_language() -> None:
    body = registration()
    client = anonymous()
    created = client.post("/api/v1/auth/register", body, accept_language="en")
    assert created.body["message"] == "Registered"
    taken = client.post("/api/v1/auth/register", body, accept_language="en-GB, zh;q=0.5")
    assert taken.error["message"] == "This e-mail is registered already"
    wrong = client.post(
        "/api/v1/auth/login",
        {"email": body["email"], "password": PASSWORD[:-1]},
        accept_language="en",
    )
    assert wrong.error["message"] == "The e-mail or the password is wrong"
