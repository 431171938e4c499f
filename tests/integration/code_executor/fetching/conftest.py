"""One outside world and an engine that may call it for the tests of a file."""

from collections.abc import Iterator

import pytest

from functions.code_executor.fetching.client import FetchClient
from tests.integration.code_executor.fetching.web_server import World, running_world
from tests.support.code import Engine


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture(scope="module")
def shared_engine(world: World) -> Iterator[Engine]:
    def client() -> FetchClient:
        return FetchClient(5.0, 5_242_880, 5, world.resolve, world.allowed, world.trusted)

    engine = Engine(make_client=client)
    yield engine
    engine.executor.close()


@pytest.fixture(autouse=True)
def forget(world: World) -> None:
    world.seen.clear()
    world.names.clear()
