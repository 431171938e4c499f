"""Each route of chat, streams included, as each kind of caller."""

import json
from typing import Any

import pytest
from fastapi.routing import APIRoute

from functions.chat.handler import handler
from functions.chat.routes import router as chat_router
from functions.chat.session_routes import router as session_router
from functions.chat_stream.routes import router as stream_router
from functions.chat_stream.run import sh
from shared.data.chat_sessions import Session
from tests.integration.conftest import Callers
from tests.support import callers
from tests.support.http import Answer, Client
from tests.support.models import ScriptedModel

SESSIONS = "/api/v1/chat-sessions"
CHAT = "/api/v1/chat/{session_id}"
MESSAGE = f"{CHAT}/messages/{{message_id}}"
HELLO = {"message": "你好"}
ROUTES: list[tuple[str, str, Any, int]] = [
    ("GET", SESSIONS, None, 200),
    ("POST", SESSIONS, "role", 201),
    ("GET", f"{SESSIONS}/{{session_id}}", None, 200),
    ("PUT", f"{SESSIONS}/{{session_id}}", {"title": "t"}, 200),
    ("DELETE", f"{SESSIONS}/{{session_id}}", None, 200),
    ("POST", f"{CHAT}/complete", HELLO, 200),
    ("GET", MESSAGE, None, 200),
    ("POST", f"{MESSAGE}/stop", None, 200),
    ("GET", "/api/v1/models", None, 200),
    ("POST", f"{CHAT}/stream", HELLO, 200),
    ("GET", f"{MESSAGE}/stream", None, 200),
]
routes = pytest.mark.parametrize(("method", "path", "body", "status"), ROUTES)


def _stream_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """What the emulator makes of the answer of `run.sh`."""
    head, _, body = sh(event, context).partition("\0" * 8)
    return {**json.loads(head), "body": body}


def _client(path: str, credential: str | None) -> Client:
    return Client(_stream_handler if path.endswith("/stream") else handler, credential)


def _send(
    credential: str | None, method: str, path: str, body: Any, caller: Callers, session: Session
) -> Answer:
    owner = Client(handler, caller.user)
    sent = owner.post(f"/api/v1/chat/{session.id}/complete", HELLO).data
    target = path.format(session_id=session.id, message_id=sent["message_id"])
    given = {"role_id": session.role_id} if body == "role" else body
    return _client(path, credential).call(method, target, body=given)


@pytest.fixture(autouse=True)
def _answering(model: ScriptedModel) -> None:
    """The model answers."""


def test_every_route_is_here() -> None:
    served = {
        (method, route.path)
        for router in (session_router, chat_router, stream_router)
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    assert served == {(method, path) for method, path, _, _ in ROUTES}


@routes
def test_the_owner(
    caller: Callers, session: Session, method: str, path: str, body: Any, status: int
) -> None:
    assert _send(caller.user, method, path, body, caller, session).status == status


@routes
def test_a_key_of_the_owner(
    caller: Callers, session: Session, method: str, path: str, body: Any, status: int
) -> None:
    key = callers.api_key_of(caller.user_id, ["chat"])
    assert _send(key, method, path, body, caller, session).status == status


@routes
def test_a_key_without_the_scope(
    caller: Callers, session: Session, method: str, path: str, body: Any, status: int
) -> None:
    key = callers.api_key_of(caller.user_id, ["documents", "images", "code", "analytics"])
    answer = _send(key, method, path, body, caller, session)
    assert (answer.status, answer.error["code"]) == (403, "FORBIDDEN")


@routes
@pytest.mark.parametrize("kind", ["other_user", "admin"])
def test_somebody_else(
    caller: Callers, session: Session, kind: str, method: str, path: str, body: Any, status: int
) -> None:
    answer = _send(getattr(caller, kind), method, path, body, caller, session)
    mine = "{session_id}" in path or body == "role"
    assert answer.status == (404 if mine else status)


@routes
@pytest.mark.parametrize("kind", ["anonymous", "expired"])
def test_nobody(
    caller: Callers, session: Session, kind: str, method: str, path: str, body: Any, status: int
) -> None:
    credential = None if kind == "anonymous" else caller.expired
    answer = _send(credential, method, path, body, caller, session)
    assert (answer.status, answer.error["code"]) == (401, "UNAUTHORIZED")
