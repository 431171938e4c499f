"""Fixtures of chat and chat_stream: who answers, where, and a role that makes pictures."""

from collections.abc import Iterator

import pytest

from shared.data.chat_sessions import Session
from tests.integration.conftest import Callers
from tests.support.chat import stored_session
from tests.support.models import ScriptedModel, serve
from tests.support.roles import stored_role
from tests.support.tasks import FakeProvider, fake_provider


@pytest.fixture
def model(aws: None, monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    """The model that answers; it says 好的。 unless a test gives it scripts."""
    return serve(monkeypatch, ScriptedModel())


@pytest.fixture
def session(caller: Callers) -> Session:
    """A session of the user."""
    return stored_session(caller.user_id)


@pytest.fixture
def provider(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    """The provider of pictures; nothing reaches it before the workflow does."""
    with fake_provider(monkeypatch) as made:
        yield made


@pytest.fixture
def drawing(provider: FakeProvider, caller: Callers) -> Session:
    """A session with a role that may make pictures."""
    role = stored_role(caller.user_id, skills=("image_generation",))
    return stored_session(caller.user_id, role_id=role.id)
