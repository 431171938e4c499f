"""The chat function on moto, with a model whose answers the tests write."""

import pytest

from functions.chat.handler import handler
from tests.integration.conftest import Callers
from tests.integration.talking import drawing, model, provider, session  # noqa: F401
from tests.support.http import Client

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
