"""A scripted executor, and a copy of the API that remembers nothing."""

import pytest

from functions.code_api.background import forget_beat
from functions.code_api.history import history
from functions.code_api.token_cache import token_cache
from shared.flow.breaker import breaker
from shared.flow.execution import copy_id
from tests.support.flow import FakeExecutor, FlowClient, install_executor


def forget_copy() -> None:
    """What a new copy of the function begins with."""
    for remembered in (history, token_cache, breaker, copy_id):
        remembered.cache_clear()
    forget_beat()


@pytest.fixture(autouse=True)
def executor(aws: None, monkeypatch: pytest.MonkeyPatch) -> FakeExecutor:
    forget_copy()
    return install_executor(monkeypatch)


@pytest.fixture
def client() -> FlowClient:
    return FlowClient()


@pytest.fixture
def token(client: FlowClient) -> str:
    """A token with a burst that no test reaches."""
    return str(client.new_token(rate_limit_burst=1000)["access_token"])
