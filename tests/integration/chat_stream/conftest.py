"""The chat_stream app on moto, its streams read as they come."""

import pytest

from functions.chat_stream.run import app
from shared.data.chat_sessions import Session
from tests.integration.ai.conftest import models, simulator  # noqa: F401
from tests.integration.conftest import Callers
from tests.support.asgi import AsgiClient
from tests.support.chat import stored_session
from tests.support.models import ScriptedModel, serve

CHAT = "/api/v1/chat"


@pytest.fixture
def user(caller: Callers) -> AsgiClient:
    """The client of the user who owns what a test makes."""
    return AsgiClient(app, caller.user)


@pytest.fixture
def other(caller: Callers) -> AsgiClient:
    """The client of somebody else."""
    return AsgiClient(app, caller.other_user)


@pytest.fixture
def model(aws: None, monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    """The model that answers; it says 好的。 unless a test gives it scripts."""
    return serve(monkeypatch, ScriptedModel())


@pytest.fixture
def session(caller: Callers) -> Session:
    """A session of the user."""
    return stored_session(caller.user_id)


@pytest.fixture
def path(session: Session) -> str:
    """Where the session's messages are streamed."""
    return f"{CHAT}/{session.id}/stream"
