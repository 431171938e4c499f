"""Fixtures: a provider under control, a server of its results."""

from collections.abc import Iterator

import pytest

from functions.tasks.handler import handler
from shared.media.port import JobState
from tests.support.http import Client
from tests.support.photos import Web, fake_web
from tests.support.tasks import FakeProvider, ResultServer, fake_provider, result_server


@pytest.fixture(autouse=True)
def provider(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    with fake_provider(monkeypatch) as made:
        yield made


@pytest.fixture(autouse=True)
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    """What callers' links lead to: nothing, until a test says otherwise."""
    return fake_web(monkeypatch)


@pytest.fixture
def results(provider: FakeProvider) -> Iterator[ResultServer]:
    """Results of a job that is done at once."""
    with result_server() as server:
        provider.state = JobState("done", server.links(), seed=7)
        yield server


@pytest.fixture
def client(caller) -> Client:
    return Client(handler, caller.user)
