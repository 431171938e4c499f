"""The chat_stream app on moto, its streams read as they come."""

import pytest

from functions.chat_stream.run import app
from shared.data.chat_sessions import Session
from tests.integration.ai.conftest import models, simulator  # noqa: F401
from tests.integration.conftest import Callers
from tests.integration.talking import drawing, model, provider, session  # noqa: F401
from tests.support.asgi import AsgiClient

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
def path(session: Session) -> str:  # noqa: F811 - the fixture above
    """Where the session's messages are streamed."""
    return f"{CHAT}/{session.id}/stream"
