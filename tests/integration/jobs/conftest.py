"""Fixtures: a caller of the jobs API, and what the dispatcher starts."""

from collections.abc import Iterator

import pytest

from functions.tasks.handler import handler
from tests.support.http import Client
from tests.support.jobs import Started, started_jobs


@pytest.fixture
def client(caller) -> Client:
    return Client(handler, caller.user)


@pytest.fixture(autouse=True)
def started(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    with started_jobs(monkeypatch) as made:
        yield made
