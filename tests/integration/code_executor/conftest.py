"""One engine for the tests of a file; every test leaves it at rest."""

from collections.abc import Iterator

import pytest

from tests.support.code import Engine


@pytest.fixture(scope="module")
def shared_engine() -> Iterator[Engine]:
    engine = Engine()
    engine.assert_at_rest()
    yield engine
    engine.executor.close()


@pytest.fixture
def engine(shared_engine: Engine) -> Iterator[Engine]:
    yield shared_engine
    shared_engine.assert_at_rest()


@pytest.fixture(autouse=True)
def aws() -> None:
    """The executor touches no AWS."""
