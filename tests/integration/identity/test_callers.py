"""Every route as every kind of caller: who is refused, and how."""

from typing import Any

import pytest

from shared.core import clock
from tests.support import callers
from tests.support.accounts import Account, new_email

OPEN = 0  # the route itself answers: its own tests say what
USERS = "/api/v1/users"
KEYS = "/api/v1/api-keys"
NEW_USER = {"email": new_email(), "name": "n"}
PASSWORDS = {"current_password": "not the password", "new_password": "a good new password"}

# method, path, body, then the status for: anonymous, user, other user, admin, API key, expired.
ROUTES: list[tuple[str, str, Any, tuple[int, int, int, int, int, int]]] = [
    ("POST", "/api/v1/auth/logout", {"refresh_token": "x"}, (401, 200, 200, 200, 403, 401)),
    ("GET", f"{USERS}/me", None, (401, 200, 200, 200, 200, 401)),
    ("PUT", f"{USERS}/me", {"name": "n"}, (401, 200, 200, 200, 403, 401)),
    ("PUT", f"{USERS}/me/password", PASSWORDS, (401, 400, 400, 400, 403, 401)),
    ("DELETE", f"{USERS}/me", None, (401, 200, 200, 409, 403, 401)),
    ("POST", USERS, NEW_USER, (401, 403, 403, 201, 403, 401)),
    ("GET", USERS, None, (401, 403, 403, 200, 403, 401)),
    ("GET", f"{USERS}?email=a@example.com", None, (401, 403, 403, 200, 403, 401)),
    ("GET", f"{USERS}/{{user}}", None, (401, 200, 403, 200, 403, 401)),
    ("PUT", f"{USERS}/{{user}}", {"name": "n"}, (401, 403, 403, 200, 403, 401)),
    ("DELETE", f"{USERS}/{{user}}", None, (401, 403, 403, 200, 403, 401)),
    ("POST", KEYS, {"name": "k"}, (401, 201, 201, 201, 403, 401)),
    ("GET", KEYS, None, (401, 200, 200, 200, 403, 401)),
    ("DELETE", f"{KEYS}/{{key}}", None, (401, 200, 404, 404, 403, 401)),
]
KINDS = ("anonymous", "user", "other", "admin", "api_key", "expired")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("method", "path", "body", "expected"), ROUTES, ids=[f"{r[0]} {r[1]}" for r in ROUTES]
)
def test_callers(
    user: Account,
    other: Account,
    admin: Account,
    method: str,
    path: str,
    body: Any,
    expected: tuple[int, ...],
    kind: str,
) -> None:
    key = user.client.post(KEYS, {"name": "k"}).data["id"]
    credential = {
        "anonymous": None,
        "user": user.token,
        "other": other.token,
        "admin": admin.token,
        "api_key": callers.api_key_of(user.id),
        "expired": callers.expired_token_of(user.id),
    }[kind]
    client = user.client.as_caller(credential)
    answer = client.call(method, path.format(user=user.id, key=key), body=body)
    assert answer.status == expected[KINDS.index(kind)], answer.text
    codes = {401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND", 409: "CONFLICT"}
    if answer.status in codes:
        assert answer.error["code"] == codes[answer.status]


@pytest.mark.parametrize("route", ["register", "login", "refresh"])
def test_signing_in_needs_no_credential_and_minds_none(user: Account, route: str) -> None:
    for credential in (None, "nonsense", callers.expired_token_of(user.id)):
        answer = user.client.as_caller(credential).post(f"/api/v1/auth/{route}", {})
        assert answer.status == 400


def test_a_token_issued_before_is_expired_by_time_alone(user: Account) -> None:
    later = clock.timestamp() + 7201
    with clock.travelling(lambda: later):
        assert user.client.get(f"{USERS}/me").status == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", f"{USERS}/me"), ("PUT", KEYS), ("GET", "/api/v1/auth/logout")],
)
def test_other_methods_are_refused(user: Account, method: str, path: str) -> None:
    answer = user.client.call(method, path)
    assert (answer.status, answer.error["code"]) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("path", ["/api/v1/auth", "/api/v1/auth/x", f"{USERS}/me/x", f"{KEYS}/a/b"])
def test_other_paths_are_not_found(user: Account, path: str) -> None:
    answer = user.client.get(path)
    assert (answer.status, answer.error["code"]) in [
        (404, "NOT_FOUND"),
        (405, "METHOD_NOT_ALLOWED"),
    ]
    assert answer.status == 404 or path.startswith(KEYS)
