"""Calls that die between a write and their answer, and stores that fail."""

import json
from typing import Any

import botocore.endpoint
import pytest
from botocore.exceptions import ReadTimeoutError
from pynamodb.exceptions import UpdateError, VerboseClientError
from pynamodb.models import Model

from functions.identity import administration, sign_in
from functions.identity.schemas import UserChange
from shared.auth import credentials
from shared.data.login_attempts import find_attempts
from tests.support.accounts import Account, anonymous, login, refresh, registration
from tests.support.faults import around_call, kill
from tests.support.http import Answer

USERS = "/api/v1/users"
KEYS = "/api/v1/api-keys"
ME = f"{USERS}/me"


def killed_after_the_write(patch: pytest.MonkeyPatch, client: Any, path: str, body: Any) -> Answer:
    """The transaction is written, its answer never arrives; 0 is the idempotency record."""
    with around_call(patch, 1, after=kill) as calls:
        answer: Answer = client.post(path, body, idempotency_key="k1")
    assert calls[1] == "TransactWriteItems"
    assert answer.status == 500
    return answer


def test_a_user_made_by_a_run_that_died_is_found_by_its_repeat(
    admin: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        admin.client.get(ME)
    body = {"email": "new@example.com", "name": "n"}
    killed_after_the_write(monkeypatch, admin.client, USERS, body)
    again = admin.client.post(USERS, body, idempotency_key="k1")
    assert again.status == 201
    assert admin.client.get(USERS).data["total"] == 2
    assert admin.client.post(USERS, body, idempotency_key="k2").status == 409


def test_a_key_made_by_a_run_that_died_is_shown_by_its_repeat(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        user.client.get(ME)
    killed_after_the_write(monkeypatch, user.client, KEYS, {"name": "k"})
    again = user.client.post(KEYS, {"name": "k"}, idempotency_key="k1")
    assert again.status == 201
    assert user.client.as_caller(again.data["key"]).get(ME).status == 200
    assert user.client.get(KEYS).data["total"] == 1


@pytest.mark.parametrize("number", range(4))
def test_a_login_that_died_leaves_at_most_one_attempt(
    user: Account, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with around_call(monkeypatch, number, after=kill):
        assert login(user.email).status == 500
    assert len(find_attempts(user.email).open) == (1 if number in (1, 2) else 0)
    assert login(user.email).status == 200


def test_a_registration_that_died_can_be_signed_in_to(
    other: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = registration()
    with around_call(monkeypatch, 0, after=kill):
        assert anonymous().post("/api/v1/auth/register", body).status == 500
    assert anonymous().post("/api/v1/auth/register", body).status == 409
    assert login(body["email"]).status == 200


def test_a_refresh_that_died_before_its_write_has_used_nothing(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    with around_call(monkeypatch, 2, before=kill) as calls:
        assert refresh(user.refresh_token).status == 500
    assert calls[-1] == "TransactWriteItems"
    assert refresh(user.refresh_token).status == 200


def test_a_rotation_sent_again_by_the_sdk_carries_the_same_token(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB answers the second request as the first, so it does not look like theft."""
    sent: list[str] = []
    real = botocore.endpoint.Endpoint._get_response

    def losing_the_first(self: Any, request: Any, operation: Any, context: Any) -> Any:
        if operation.name == "TransactWriteItems":
            sent.append(json.loads(request.body)["ClientRequestToken"])
            if len(sent) == 1:
                return None, ReadTimeoutError(endpoint_url=request.url)
        return real(self, request, operation, context)

    monkeypatch.setattr(botocore.endpoint.Endpoint, "_get_response", losing_the_first)
    assert refresh(user.refresh_token).status == 200
    assert len(sent) == 2
    assert sent[0] == sent[1]


def test_a_login_that_meets_a_change_of_the_user_is_refused(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sign_in.verify_password

    def meanwhile(password: str, stored: str | None) -> bool:
        administration.update_user(user.id, UserChange(status="disabled"))
        return real(password, stored)

    monkeypatch.setattr(sign_in, "verify_password", meanwhile)
    assert login(user.email).status == 401


def test_a_key_works_where_its_use_cannot_be_noted(
    user: Account, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key = user.client.post(KEYS, {"name": "k"}).data["key"]

    def throttled(*_: Any, **__: Any) -> None:
        error = {"Error": {"Code": "ThrottlingException", "Message": ""}}
        raise UpdateError(cause=VerboseClientError(error, "UpdateItem"))

    with monkeypatch.context() as inner:
        inner.setattr(Model, "update", throttled)
        assert user.client.as_caller(key).get(ME).status == 200
    assert "use of an API key not noted" in caplog.messages
    credentials.memory.cache_clear()


def test_a_failing_store_is_a_500_without_internals(
    user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> None:
        raise RuntimeError("table rolecraft-test-identity is on fire")

    monkeypatch.setattr("functions.identity.profile.find_user", broken)
    answer = user.client.get(ME)
    assert answer.status == 500
    assert answer.error["code"] == "INTERNAL_ERROR"
    assert "fire" not in answer.text


def test_a_body_over_6_mb_is_refused(user: Account) -> None:
    answer = anonymous().post("/api/v1/auth/login", {"email": "x" * (6 * 1024 * 1024)})
    assert (answer.status, answer.error["code"]) == (413, "PAYLOAD_TOO_LARGE")
