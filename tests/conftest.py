"""One event loop for the handlers of all tests, as a Lambda has one for all its invocations.

Mangum runs on the thread's current loop; each async test takes that away when it ends.
"""

import asyncio
import inspect
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from shared.core import clock

# Generated cases are the same at each run, and no verdict depends on how fast a machine is: the
# first draw of a process reads the constants of every module loaded, seconds where it is busy.
settings.register_profile(
    "rolecraft",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("rolecraft")

# Made when this file is loaded: a handler that another conftest imports would make its own.
_LOOP = asyncio.new_event_loop()
asyncio.set_event_loop(_LOOP)


def pytest_unconfigure() -> None:
    asyncio.set_event_loop(None)
    _LOOP.close()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Packed bytes are no name for a test: they may hold the moment they were packed."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest modules begin first: nothing long is left when the other workers are done."""

    def takes(item: pytest.Item) -> float:
        mark = item.get_closest_marker("takes")
        return float(mark.args[0]) if mark else 0.0

    items.sort(key=takes, reverse=True)


@pytest.fixture(autouse=True)
def _time_goes_on() -> Iterator[None]:
    """A test that leaves the clock standing fails itself, not one that runs later."""
    yield
    left, clock._source = clock._source, time.time
    assert left is time.time, "this test left the clock travelling"


@pytest.fixture(autouse=True)
def _handlers_loop(request: pytest.FixtureRequest) -> None:
    if not inspect.iscoroutinefunction(request.function):
        asyncio.set_event_loop(_LOOP)
