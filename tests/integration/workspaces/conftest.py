"""Fixtures: a world, and the owner's client."""

from collections.abc import Iterator

import pytest

from tests.support.http import Client
from tests.support.workspaces import World, client_of, the_world


@pytest.fixture(autouse=True)
def world(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with the_world(monkeypatch) as made:
        yield made


@pytest.fixture
def client(world: World, caller) -> Client:
    return client_of(caller.user)
