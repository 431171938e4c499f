"""The roles function on moto, called as API Gateway calls it."""

import pytest

from functions.roles.handler import handler
from tests.integration.conftest import Callers
from tests.support.http import Client

ROLES = "/api/v1/roles"


@pytest.fixture
def user(caller: Callers) -> Client:
    """The client of the user who owns what a test makes."""
    return Client(handler, caller.user)


@pytest.fixture
def other(caller: Callers) -> Client:
    """The client of somebody else."""
    return Client(handler, caller.other_user)
