"""Access tokens: what is refused, and the rotation of the signing key."""

import base64
import json
from typing import Any

import jwt
import pytest

from shared.auth import tokens
from shared.aws.secrets import KEEP_SECONDS
from shared.core import clock, ids
from tests.support import signing_keys
from tests.support.accounts import Account
from tests.support.aws import SIGNING_KEYS, counted_calls

ME = "/api/v1/users/me"
KEY = SIGNING_KEYS["k1"]


def claims(user_id: str, **changes: Any) -> dict[str, Any]:
    now = int(clock.timestamp())
    good = {"sub": user_id, "iat": now, "exp": now + 7200, "jti": ids.new_ulid(), "scope": ""}
    wanted = {**good, "ver": 1, **changes}
    return {name: value for name, value in wanted.items() if value is not None}


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(user_id: str, algorithm: str) -> str:
    return f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': 'k1'})}.{part(claims(user_id))}."


def altered(token: str, **changes: Any) -> str:
    head, _, signature = token.split(".")
    payload = jwt.decode(token, options={"verify_signature": False})
    return f"{head}.{part({**payload, **changes})}.{signature}"


def signed(user_id: str, key: str = KEY, kid: Any = "k1", **changes: Any) -> str:
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode(claims(user_id, **changes), key, "HS256", headers=headers)


def forged(user: Account, other: Account) -> dict[str, str]:
    head, payload, _ = user.token.split(".")
    long_key = KEY * 2
    return {
        "alg none": unsigned(user.id, "none"),
        "alg nOnE": unsigned(user.id, "nOnE"),
        "other alg": jwt.encode(claims(user.id), long_key, "HS512", headers={"kid": "k1"}),
        "other key": signed(user.id, key="another-signing-key-that-nobody-knows-1"),
        "empty kid": signed(user.id, kid=""),
        "no kid": signed(user.id, kid=None),
        "unknown kid": signed(user.id, kid="k9"),
        "kid is the word current": signed(user.id, key="k1" * 16, kid="current"),
        "kid is a path": signed(user.id, kid="../../dev/null"),
        "other subject": altered(user.token, sub=other.id),
        "more roles": altered(user.token, scope="admin"),
        "longer life": altered(user.token, exp=int(clock.timestamp()) + 10**6),
        "no signature": f"{head}.{payload}.",
        "cut signature": user.token[:-2],
        "another's signature": f"{head}.{payload}.{other.token.split('.')[2]}",
        "no expiry": signed(user.id, exp=None),
        "no subject": signed(user.id, sub=None),
        "no id": signed(user.id, jti=None),
        "no version": signed(user.id, ver=None),
        "version is a text": signed(user.id, ver="newest"),
        "later version": altered(user.token, ver=2),
        "expired": signed(user.id, exp=int(clock.timestamp()) - 1),
        "expiry is a text": signed(user.id, exp="tomorrow"),
        "scope is a list": signed(user.id, scope=["admin"]),
        "refresh token": user.refresh_token,
        "two parts": f"{head}.{payload}",
        "nonsense": "nonsense",
    }


def test_forged_tokens_are_refused_with_one_message(user: Account, other: Account) -> None:
    for name, token in forged(user, other).items():
        answer = user.client.as_caller(token).get(ME)
        assert answer.status == 401, name
        assert answer.error["code"] == "UNAUTHORIZED", name
        assert answer.error["message"] == "未登录或登录已失效", name
    assert user.client.get(ME).status == 200


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer  ", "Basic dXNlcjpwYXNz", "Token x"])
def test_other_authorization_headers_are_refused(user: Account, value: str) -> None:
    anybody = user.client.as_caller(None)
    assert anybody.call("GET", ME, headers={"authorization": value}).status == 401


def test_the_scheme_is_read_in_any_case(user: Account) -> None:
    header = {"authorization": f"bearer {user.token}"}
    assert user.client.as_caller(None).call("GET", ME, headers=header).status == 200


def test_a_token_says_what_the_contract_names(user: Account) -> None:
    header = jwt.get_unverified_header(user.token)
    assert (header["alg"], header["kid"]) == ("HS256", "k1")
    payload = jwt.decode(user.token, KEY, algorithms=["HS256"])
    assert payload["sub"] == user.id
    assert payload["exp"] - payload["iat"] == 7200
    assert ids.is_ulid(payload["jti"])
    assert payload["scope"] == ""
    assert set(payload) == {"sub", "iat", "exp", "jti", "scope", "ver"}


def test_both_keys_are_valid_while_the_signing_key_rotates(user: Account) -> None:
    later = clock.timestamp() + KEEP_SECONDS + 1
    signing_keys.rotate()
    with clock.travelling(lambda: later):
        assert user.client.get(ME).status == 200
        fresh = tokens.issue_access_token(user.id, (), version=1)
        assert jwt.get_unverified_header(fresh)["kid"] == "k2"
        assert user.client.as_caller(fresh).get(ME).status == 200
        signing_keys.store({"current": "k2", "k2": signing_keys.NEXT})
    with clock.travelling(lambda: later + KEEP_SECONDS + 1):
        assert user.client.get(ME).status == 401
        assert user.client.as_caller(fresh).get(ME).status == 200


def test_a_token_of_a_key_newer_than_memory_is_accepted(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_refreshed_at", 0.0)
    signing_keys.rotate()
    fresh = signed(user.id, key=signing_keys.NEXT, kid="k2")
    assert user.client.as_caller(fresh).get(ME).status == 200


def test_unknown_key_ids_do_not_each_ask_for_the_secret(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_refreshed_at", 0.0)
    with counted_calls(monkeypatch) as calls:
        for number in range(5):
            user.client.as_caller(signed(user.id, kid=f"x{number}")).get(ME)
    assert calls["GetSecretValue"] == 1
