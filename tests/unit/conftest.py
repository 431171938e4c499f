"""Unit tests open no socket."""

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def _no_sockets() -> None:
    disable_socket(allow_unix_socket=True)  # an event loop needs its own pair


def pytest_runtest_teardown() -> None:
    enable_socket()
