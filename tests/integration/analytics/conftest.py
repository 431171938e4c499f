"""Fixtures: a signed-in caller of the analytics API."""

import pytest

from functions.analytics.handler import handler
from tests.support.http import Client


@pytest.fixture
def client(aws: None, caller) -> Client:
    return Client(handler, caller.user)
