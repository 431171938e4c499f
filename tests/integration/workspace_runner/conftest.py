"""Fixtures: a world, and the owner's client."""

from collections.abc import Iterator

import pytest

from tests.support.http import Client
from tests.support.models import ScriptedModel, serve
from tests.support.workspaces import World, client_of, new_workspace, stored, the_world


@pytest.fixture(autouse=True)
def world(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with the_world(monkeypatch) as made:
        yield made


@pytest.fixture
def client(world: World, caller) -> Client:
    return client_of(caller.api_key)  # it outlives the days that a test lets pass


@pytest.fixture
def model(aws: None, monkeypatch) -> ScriptedModel:
    return serve(monkeypatch, ScriptedModel())


@pytest.fixture
def workspace(client, caller, world):
    """Due at 05:00 UTC; the time is 04:00."""

    def make(**fields):
        return stored(caller.user_id, new_workspace(client, **fields)["id"])

    return make
