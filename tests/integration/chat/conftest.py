"""The chat function on moto, with a model whose answers the tests write."""

import pytest

from functions.chat.handler import handler
from shared.data.chat_sessions import Session
from tests.integration.conftest import Callers
from tests.support.chat import stored_session
from tests.support.http import Client
from tests.support.models import ScriptedModel, serve

SESSIONS = "/api/v1/chat-sessions"
CHAT = "/api/v1/chat"


@pytest.fixture
def user(caller: Callers) -> Client:
    """The client of the user who owns what a test makes."""
    return Client(handler, caller.user)


@pytest.fixture
def other(caller: Callers) -> Client:
    """The client of somebody else."""
    return Client(handler, caller.other_user)


@pytest.fixture
def model(aws: None, monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    """The model that answers; it says 好的。 unless a test gives it scripts."""
    return serve(monkeypatch, ScriptedModel())


@pytest.fixture
def session(caller: Callers) -> Session:
    """A session of the user."""
    return stored_session(caller.user_id)
