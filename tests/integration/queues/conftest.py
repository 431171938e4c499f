"""Fixtures: queues with their dead letters, and an administrator."""

import pytest

from functions.queues.handler import handler
from tests.support.http import Client
from tests.support.queues import Queues, create_queues


@pytest.fixture
def queues(aws: None, monkeypatch: pytest.MonkeyPatch) -> Queues:
    return create_queues(monkeypatch)


@pytest.fixture
def admin(queues: Queues, caller) -> Client:
    return Client(handler, caller.admin)
