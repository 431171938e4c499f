"""Each route as each kind of caller."""

from typing import Any

import pytest
from fastapi.routing import APIRoute

from functions.roles.handler import handler
from functions.roles.routes import router
from tests.integration.conftest import Callers
from tests.integration.roles.conftest import ROLES
from tests.support import callers
from tests.support.http import Client
from tests.support.roles import role_body, stored_role

ROUTES = [
    ("GET", "", 200),
    ("POST", "", 201),
    ("GET", "/templates", 200),
    ("GET", "/{id}", 200),
    ("PUT", "/{id}", 200),
    ("DELETE", "/{id}", 200),
    ("GET", "/{id}/versions", 200),
    ("GET", "/{id}/versions/1", 200),
    ("POST", "/{id}/versions/1/restore", 200),
]
routes = pytest.mark.parametrize(("method", "path", "status"), ROUTES)


def _send(credential: str | None, method: str, path: str, caller: Callers) -> Any:
    role = stored_role(caller.user_id)
    body = role_body() if method in ("POST", "PUT") and path.count("/") < 2 else None
    target = ROLES + path.format(id=role.id)
    return Client(handler, credential).call(method, target, body=body)


def test_every_route_is_here() -> None:
    served = {
        (method, route.path)
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    known = {
        (method, ROLES + path.replace("{id}", "{role_id}").replace("/1", "/{number}"))
        for method, path, _ in ROUTES
    }
    assert served == known


@routes
def test_the_owner(caller: Callers, method: str, path: str, status: int) -> None:
    assert _send(caller.user, method, path, caller).status == status


@routes
def test_a_key_of_the_owner(caller: Callers, method: str, path: str, status: int) -> None:
    assert _send(caller.api_key, method, path, caller).status == status
    chat = callers.api_key_of(caller.user_id, ["chat"])
    assert _send(chat, method, path, caller).status == status


@routes
def test_a_key_without_the_scope(caller: Callers, method: str, path: str, status: int) -> None:
    key = callers.api_key_of(caller.user_id, ["documents", "images", "code", "analytics"])
    answer = _send(key, method, path, caller)
    assert (answer.status, answer.error["code"]) == (403, "FORBIDDEN")


@routes
@pytest.mark.parametrize("kind", ["other_user", "admin"])
def test_somebody_else(caller: Callers, kind: str, method: str, path: str, status: int) -> None:
    answer = _send(getattr(caller, kind), method, path, caller)
    assert answer.status == (404 if "{id}" in path else status)


@routes
@pytest.mark.parametrize("kind", ["anonymous", "expired"])
def test_nobody(caller: Callers, kind: str, method: str, path: str, status: int) -> None:
    credential = None if kind == "anonymous" else caller.expired
    answer = _send(credential, method, path, caller)
    assert (answer.status, answer.error["code"]) == (401, "UNAUTHORIZED")


@routes
def test_no_answer_shows_anybody_elses_role(
    caller: Callers, method: str, path: str, status: int
) -> None:
    secret = "unmistakable words of somebody"
    role = stored_role(caller.user_id, name=secret)
    target = ROLES + path.format(id=role.id)
    for credential in (caller.other_user, caller.admin, caller.expired, None):
        answer = Client(handler, credential).call(method, target, body={})
        assert secret not in answer.text
