"""One event loop for the handlers of all tests, as a Lambda has one for all its invocations.

Mangum runs on the thread's current loop; each async test takes that away when it ends.
"""

import asyncio
import inspect

import pytest

_LOOP = pytest.StashKey[asyncio.AbstractEventLoop]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LOOP] = asyncio.new_event_loop()
    asyncio.set_event_loop(config.stash[_LOOP])  # before a handler's import makes its own


def pytest_unconfigure(config: pytest.Config) -> None:
    asyncio.set_event_loop(None)
    config.stash[_LOOP].close()


@pytest.fixture(autouse=True)
def _handlers_loop(request: pytest.FixtureRequest) -> None:
    if not inspect.iscoroutinefunction(request.function):
        asyncio.set_event_loop(request.config.stash[_LOOP])
