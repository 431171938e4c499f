"""POST /auth/refresh and /auth/logout: rotation, theft, ends."""

import pytest

from functions.identity import administration, sessions
from functions.identity.schemas import UserChange
from shared.core import clock
from tests.support.accounts import Account, login, refresh
from tests.support.at_once import at_once
from tests.support.aws import counted_calls

DAY = 24 * 3600


def test_refresh_rotates(user: Account) -> None:
    first = refresh(user.refresh_token)
    assert first.status == 200
    assert first.data["expires_in"] == 7200
    assert first.data["refresh_token"] != user.refresh_token
    me = user.client.as_caller(first.data["access_token"]).get("/api/v1/users/me")
    assert me.data["id"] == user.id
    assert refresh(first.data["refresh_token"]).status == 200


def test_a_token_used_twice_ends_its_family(user: Account) -> None:
    second = refresh(user.refresh_token).data["refresh_token"]
    again = refresh(user.refresh_token)
    assert again.status == 401
    assert again.error["code"] == "UNAUTHORIZED"
    assert refresh(second).status == 401


def test_theft_in_one_family_leaves_the_others(user: Account) -> None:
    elsewhere = login(user.email).data["refresh_token"]
    refresh(user.refresh_token)
    refresh(user.refresh_token)
    assert refresh(elsewhere).status == 200


@pytest.mark.parametrize("number", [2, 8])
def test_of_refreshes_of_one_token_at_once_one_wins_and_the_family_is_dead(
    user: Account, number: int
) -> None:
    answers = at_once([lambda: refresh(user.refresh_token)] * number)
    assert sorted(answer.status for answer in answers) == [200] + [401] * (number - 1)
    winner = next(answer for answer in answers if answer.status == 200)
    assert refresh(winner.data["refresh_token"]).status == 401


def test_a_refresh_token_lives_30_days_from_its_making(user: Account) -> None:
    start = clock.timestamp()
    with clock.travelling(lambda: start + 29 * DAY):
        rotated = refresh(user.refresh_token).data["refresh_token"]
    with clock.travelling(lambda: start + 58 * DAY):
        rotated = refresh(rotated).data["refresh_token"]
    with clock.travelling(lambda: start + 89 * DAY):
        assert refresh(rotated).status == 401


def test_unknown_tokens_are_refused_alike(user: Account, other: Account) -> None:
    owner, family, secret = user.refresh_token.split(".")
    foreign = other.refresh_token.split(".")[0]
    for token in [
        "",
        "nonsense",
        user.token,
        f"{owner}.{family}",
        f"{foreign}.{family}.{secret}",
        f"{owner}.{'A' * 22}.{secret}",
        f" {user.refresh_token}",
    ]:
        answer = refresh(token)
        assert answer.status == 401, token
        assert answer.error["message"] == "未登录或登录已失效"
    assert refresh(user.refresh_token).status == 200


def test_a_forged_secret_counts_as_theft(user: Account) -> None:
    owner, family, _ = user.refresh_token.split(".")
    assert refresh(f"{owner}.{family}.{'A' * 43}").status == 401
    assert refresh(user.refresh_token).status == 401


def test_a_rotation_that_meets_a_change_of_the_user_is_refused(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sessions.find_user

    def then_disabled(user_id: str) -> object:
        found = real(user_id)
        administration.update_user(user_id, UserChange(status="disabled"))
        return found

    with monkeypatch.context() as inner:
        inner.setattr(sessions, "find_user", then_disabled)
        assert refresh(user.refresh_token).status == 401


def test_refresh_makes_three_calls(user: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    with counted_calls(monkeypatch) as calls:
        assert refresh(user.refresh_token).status == 200
    assert calls == {"GetItem": 2, "TransactWriteItems": 1}


def test_logout_ends_the_family(user: Account) -> None:
    elsewhere = login(user.email).data["refresh_token"]
    answer = user.client.post("/api/v1/auth/logout", {"refresh_token": user.refresh_token})
    assert answer.status == 200
    assert answer.data is None
    assert refresh(user.refresh_token).status == 401
    assert refresh(elsewhere).status == 200


def test_logout_twice_is_no_error(user: Account) -> None:
    body = {"refresh_token": user.refresh_token}
    assert user.client.post("/api/v1/auth/logout", body).status == 200
    assert user.client.post("/api/v1/auth/logout", body).status == 200


def test_nobody_ends_anothers_family(user: Account, other: Account) -> None:
    other.client.post("/api/v1/auth/logout", {"refresh_token": user.refresh_token})
    assert refresh(user.refresh_token).status == 200


def test_logout_is_one_call(user: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    user.client.get("/api/v1/users/me")
    body = {"refresh_token": user.refresh_token}
    with counted_calls(monkeypatch) as calls:
        assert user.client.post("/api/v1/auth/logout", body).status == 200
    assert calls.pop("UpdateItem", 1) == 1  # the rate limit
    assert calls == {"DeleteItem": 1}
