"""Which access tokens outlive a change of their user: those of its version, by no clock."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.identity import administration, sessions, sign_in
from functions.identity.schemas import UserChange
from shared.auth import credentials
from shared.core import clock
from tests.support.accounts import PASSWORD, Account, login, refresh
from tests.support.at_once import at_once
from tests.support.aws import counted_calls
from tests.support.http import Answer

USERS = "/api/v1/users"
ME = f"{USERS}/me"
PASSWORD_PATH = f"{ME}/password"
HOUR = 3600.0
NEW_PASSWORD = "another horse, another battery"


def forget() -> None:
    """As after 30 s, or in another copy of the function."""
    credentials.memory.cache_clear()


def status_of(user: Account, signed_in: Answer) -> int:
    forget()
    return user.client.as_caller(signed_in.data["access_token"]).get(ME).status


def change(user: Account, **fields: Any) -> None:
    administration.update_user(user.id, UserChange(**fields))


def at(offset_s: float, call: Callable[[], Answer]) -> Answer:
    """The call, in a copy whose clock is that much ahead of the true one."""
    moment = clock.timestamp() + offset_s
    with clock.travelling(lambda: moment):
        return call()


@pytest.mark.parametrize("offset_s", [-HOUR, -0.001, 0.0, HOUR])
def test_a_login_after_a_change_is_good_whatever_its_copys_clock(
    user: Account, offset_s: float
) -> None:
    change(user, roles=["teacher"])
    signed_in = at(offset_s, lambda: login(user.email))
    assert status_of(user, signed_in) == 200


@pytest.mark.parametrize("offset_s", [-HOUR, 0.0, 0.001, HOUR])
def test_a_login_before_a_change_is_refused_whatever_its_copys_clock(
    user: Account, offset_s: float
) -> None:
    signed_in = at(offset_s, lambda: login(user.email))
    change(user, roles=["teacher"])
    assert status_of(user, signed_in) == 401


def test_a_refresh_within_the_very_moment_of_a_change_is_good(user: Account) -> None:
    moment = clock.timestamp()
    with clock.travelling(lambda: moment):
        change(user, roles=["teacher"])
        renewed = refresh(user.refresh_token)
        assert status_of(user, renewed) == 200
        assert status_of(user, login(user.email)) == 200


def test_a_clock_set_back_does_not_keep_what_memory_knew(user: Account) -> None:
    assert user.client.get(ME).status == 200
    change(user, status="disabled")
    moment = clock.timestamp() - HOUR
    with clock.travelling(lambda: moment):
        assert user.client.get(ME).status == 401


@pytest.mark.parametrize("fields", [{"roles": ["teacher"]}, {"password": NEW_PASSWORD}])
def test_each_change_of_roles_or_password_by_an_admin_ends_the_tokens_before_it(
    user: Account, fields: dict[str, Any]
) -> None:
    change(user, **fields)
    between = login(user.email, fields.get("password", PASSWORD))
    assert status_of(user, between) == 200
    change(user, roles=["student"])
    assert status_of(user, between) == 401


def test_a_user_disabled_twice_comes_back_twice(user: Account) -> None:
    for _ in range(2):
        signed_in = login(user.email)
        change(user, status="disabled")
        assert status_of(user, signed_in) == 401
        change(user, status="active")
        assert status_of(user, signed_in) == 401
    assert status_of(user, login(user.email)) == 200


def test_what_no_token_carries_ends_no_token(user: Account) -> None:
    change(user, name="新", subscription={"plan": "pro"})
    forget()
    assert user.client.get(ME).status == 200


def test_ones_own_new_password_leaves_access_tokens_until_an_admin_ends_them(
    user: Account,
) -> None:
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert user.client.put(PASSWORD_PATH, body).status == 200
    forget()
    assert user.client.get(ME).status == 200
    signed_in = login(user.email, NEW_PASSWORD)
    assert status_of(user, signed_in) == 200
    change(user, roles=["teacher"])
    assert status_of(user, signed_in) == 401
    assert user.client.get(ME).status == 401


def then_changed(patch: pytest.MonkeyPatch, module: Any) -> None:
    """Roles change after a sign-in has read the user and before it commits."""
    real = module.find_user

    def found(user_id: str) -> object:
        user = real(user_id)
        administration.update_user(user_id, UserChange(roles=["teacher"]))
        return user

    patch.setattr(module, "find_user", found)


def test_a_login_that_meets_a_change_issues_nothing(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as inner:
        then_changed(inner, sign_in)
        assert login(user.email).status == 401
    assert status_of(user, login(user.email)) == 200


def test_a_refresh_that_meets_a_change_issues_nothing_and_may_be_repeated(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as inner:
        then_changed(inner, sessions)
        assert refresh(user.refresh_token).status == 401
    assert status_of(user, refresh(user.refresh_token)) == 200


def test_of_sign_ins_and_a_change_at_once_no_good_token_has_old_roles(user: Account) -> None:
    def changed() -> None:
        change(user, roles=["admin"])

    def sign_in_once() -> Answer:
        return login(user.email)

    answers = at_once([sign_in_once, sign_in_once, changed, sign_in_once])
    issued = [answer for answer in answers if answer and answer.status == 200]
    issued.append(login(user.email))
    for answer in issued:
        forget()
        listing = user.client.as_caller(answer.data["access_token"]).get(USERS)
        assert listing.status in (200, 401)  # never 403: a token good without the role
    assert listing.status == 200


def test_a_revocation_is_part_of_the_change_and_no_write_of_its_own(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted_calls(monkeypatch) as calls:
        change(user, roles=["teacher"])
    assert calls == {"GetItem": 1, "TransactWriteItems": 1}
