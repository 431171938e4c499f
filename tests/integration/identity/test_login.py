"""POST /auth/login, and the lock-out after wrong passwords."""

from collections import Counter

import pytest
from argon2 import PasswordHasher

from functions.identity import lockout
from shared.auth import passwords
from shared.core import clock
from shared.data.login_attempts import find_attempts
from shared.data.users import find_user
from tests.support.accounts import (
    PASSWORD,
    Account,
    login,
    new_account,
    new_email,
)
from tests.support.at_once import at_once
from tests.support.aws import counted_calls
from tests.support.http import Answer


def wrong_logins(email: str, number: int) -> list[int]:
    return [login(email, f"wrong password {n}").status for n in range(number)]


def test_login_gives_tokens(user: Account) -> None:
    answer = login(f" {user.email.upper()}")
    assert answer.status == 200
    assert answer.data["expires_in"] == 7200
    assert answer.data["token_type"] == "Bearer"
    me = user.client.as_caller(answer.data["access_token"]).get("/api/v1/users/me")
    assert me.data["id"] == user.id


def test_unknown_email_and_wrong_password_get_the_same_answer(user: Account) -> None:
    def shown(answer: Answer) -> tuple[int, object]:
        return answer.status, answer.error

    wrong, unknown = login(user.email, "not the password"), login(new_email(), PASSWORD)
    assert shown(wrong) == shown(unknown)
    assert wrong.status == 401
    assert wrong.error["code"] == "UNAUTHORIZED"
    assert wrong.error["message"] == "邮箱或密码错误"


def test_unknown_email_and_wrong_password_cost_the_same_work(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(email: str) -> tuple[Counter[str], int]:
        hashed = 0

        class Counting(PasswordHasher):
            def hash(self, *args: object, **kwargs: object) -> str:
                nonlocal hashed
                hashed += 1
                return super().hash(*args, **kwargs)  # type: ignore[arg-type]

            def verify(self, *args: object) -> bool:
                nonlocal hashed
                hashed += 1
                return super().verify(*args)  # type: ignore[arg-type]

        hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
        monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
        with counted_calls(monkeypatch) as calls:
            assert login(email, "not the password").status == 401
        return calls, hashed

    assert work(user.email) == work(new_email())


def test_login_makes_four_calls(user: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    login(user.email)
    with counted_calls(monkeypatch) as calls:
        assert login(user.email).status == 200
    assert calls == {"Query": 1, "UpdateItem": 1, "GetItem": 1, "TransactWriteItems": 1}


def test_login_stores_the_hash_anew_once_parameters_changed(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: stronger)
    assert login(user.email).status == 200
    stored = find_user(user.id)
    assert stored is not None
    assert stored.password_hash is not None
    assert "m=16,t=2,p=1" in stored.password_hash
    assert login(user.email).status == 200


@pytest.mark.parametrize("known", [True, False])
def test_five_wrong_passwords_lock_the_email_for_15_minutes(known: bool) -> None:
    email = new_account().email if known else new_email()
    start = clock.timestamp()
    with clock.travelling(lambda: start):
        assert wrong_logins(email, 5) == [401] * 5
        locked = login(email)
    assert locked.status == 429
    assert locked.error["code"] == "RATE_LIMITED"
    assert int(locked.headers["retry-after"]) == 900
    with clock.travelling(lambda: start + 890):
        assert login(email).status == 429
    with clock.travelling(lambda: start + 901):
        assert login(email).status == (200 if known else 401)


def test_a_locked_email_leaves_others_alone(user: Account, other: Account) -> None:
    wrong_logins(user.email, 5)
    assert login(user.email).status == 429
    assert login(other.email).status == 200


def test_wrong_passwords_count_within_any_15_minutes(user: Account) -> None:
    start = clock.timestamp()
    for minutes, statuses in [(0, [401]), (14, [401] * 4 + [429]), (16, [401, 429])]:
        with clock.travelling(lambda at=start + minutes * 60: at):  # type: ignore[misc]
            assert wrong_logins(user.email, len(statuses)) == statuses


def test_right_passwords_do_not_count_and_do_not_forgive(user: Account) -> None:
    assert wrong_logins(user.email, 4) == [401] * 4
    assert [login(user.email).status for _ in range(6)] == [200] * 6
    assert wrong_logins(user.email, 2) == [401, 429]


def test_of_many_guesses_at_once_five_are_looked_at(user: Account) -> None:
    answers = at_once([lambda: login(user.email, "a wrong guess")] * 12)
    assert Counter(answer.status for answer in answers) == {401: 5, 429: 7}
    assert login(user.email).status == 429


def test_any_number_of_right_logins_at_once_pass(user: Account) -> None:
    answers = at_once([lambda: login(user.email)] * 12)
    assert [answer.status for answer in answers] == [200] * 12
    assert find_attempts(user.email).open == frozenset()


def test_an_attempt_that_died_counts_as_wrong(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = clock.timestamp()
    with clock.travelling(lambda: start):
        for _ in range(5):
            lockout.begin_attempt(user.email)
    with clock.travelling(lambda: start + lockout.ABANDONED_S + 1):
        assert login(user.email).status == 429
    with clock.travelling(lambda: start + lockout.WINDOW_S + 1):
        assert login(user.email).status == 200


def test_attempts_that_stay_open_are_not_waited_for_without_end(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lockout, "PATIENCE_S", 0.0)
    for _ in range(5):
        lockout.begin_attempt(user.email)
    answer = login(user.email)
    assert answer.status == 429
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "a@example.com"}, "password"),
        ({"email": "a@example.com", "password": 1}, "password"),
        ({"email": "a@example.com", "password": "x" * 1025}, "password"),
        ({"email": "nonsense", "password": PASSWORD}, "email"),
        ({"email": "a@example.com", "password": PASSWORD, "remember": True}, "remember"),
        ([], "body"),
    ],
)
def test_bad_bodies_are_refused(user: Account, body: object, field: str) -> None:
    answer = user.client.as_caller(None).post("/api/v1/auth/login", body)
    assert answer.status == 400
    assert answer.error["details"]["field"] == field


def test_a_body_that_is_not_json_is_refused(user: Account) -> None:
    client = user.client.as_caller(None)
    json = {"content-type": "application/json"}
    form = {"content-type": "application/x-www-form-urlencoded"}
    bad = client.call("POST", "/api/v1/auth/login", raw=b'{"email": ', headers=json)
    assert bad.status == 400
    assert client.call("POST", "/api/v1/auth/login", raw=b"a=b", headers=form).status == 415
    assert client.get("/api/v1/auth/login").status == 405
