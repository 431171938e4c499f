"""The first admin: the event of a direct invocation."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.identity import bootstrap
from functions.identity.handler import handler
from shared.core.errors import Conflict, InvalidRequest
from shared.core.settings import forget_settings
from tests.support.accounts import PASSWORD, Account, anonymous, login, new_account
from tests.support.at_once import at_once

EMAIL = "admin@example.com"


def invoke(**fields: Any) -> dict[str, Any]:
    return handler({"bootstrap_admin": fields}, None)


def test_the_first_admin_signs_in_with_the_given_password() -> None:
    made = invoke(email=" Admin@Example.com ", name="老板", password=PASSWORD)
    assert made == {
        "user_id": made["user_id"],
        "email": EMAIL,
        "created": True,
        "password": None,
    }
    client = anonymous().as_caller(login(EMAIL).data["access_token"])
    me = client.get("/api/v1/users/me").data
    assert (me["roles"], me["name"]) == (["admin"], "老板")
    assert client.get("/api/v1/users").data["total"] == 1


def test_without_a_password_one_is_drawn_and_told_once() -> None:
    made = invoke(email=EMAIL)
    assert login(EMAIL, made["password"]).status == 200
    assert invoke(email=EMAIL)["password"] is None


def test_a_repeat_changes_nothing() -> None:
    made = invoke(email=EMAIL, password=PASSWORD)
    tokens = login(EMAIL).data
    again = invoke(email=EMAIL, password="another horse, another battery")
    assert again == {**made, "created": False}
    assert login(EMAIL).status == 200
    client = anonymous().as_caller(tokens["access_token"])
    assert client.get("/api/v1/users").status == 200


def test_a_registered_user_becomes_an_admin(user: Account) -> None:
    made = invoke(email=user.email)
    assert made == {
        "user_id": user.id,
        "email": user.email,
        "created": False,
        "password": None,
    }
    client = anonymous().as_caller(login(user.email).data["access_token"])
    assert client.get("/api/v1/users").status == 200


def test_the_email_comes_from_the_deployment_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_EMAIL", EMAIL)
    forget_settings()
    assert invoke(password=PASSWORD)["email"] == EMAIL


@pytest.mark.parametrize(
    "fields", [{}, {"email": "x"}, {"email": EMAIL, "password": "short"}, {"admin": EMAIL}]
)
def test_wrong_fields_fail_the_invocation(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        invoke(**fields)


def test_a_failure_shows_no_password() -> None:
    with pytest.raises(InvalidRequest) as failure:
        invoke(email=EMAIL, password="short?!")
    assert "short?!" not in f"{failure.value} {failure.value.details}"


def test_an_account_that_is_being_deleted_is_refused(admin: Account) -> None:
    going = new_account()
    going.client.delete("/api/v1/users/me")
    with pytest.raises(Conflict):
        invoke(email=going.email)


def test_of_invocations_at_once_one_makes_the_admin() -> None:
    answers = at_once([lambda: invoke(email=EMAIL, password=PASSWORD)] * 4)
    assert sorted(answer["created"] for answer in answers) == [False, False, False, True]
    assert len({answer["user_id"] for answer in answers}) == 1


def test_the_sample_event_is_taken() -> None:
    event = json.loads(Path("events/direct/identity.bootstrap_admin.json").read_text("utf-8"))
    assert handler(event, None)["created"] is True


def test_no_http_request_reaches_it() -> None:
    body = {"bootstrap_admin": {"email": EMAIL, "password": PASSWORD}}
    for path in ("/api/v1/auth/register", "/api/v1/auth/bootstrap_admin", "/bootstrap_admin"):
        assert anonymous().post(path, body, bootstrap_admin="1").status in (400, 404)
    assert bootstrap.find_user_by_email(EMAIL) is None
