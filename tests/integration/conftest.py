"""Fixtures: a fresh AWS for each test, users, and the kinds of caller."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from shared.core import ids
from tests.support import callers
from tests.support.aws import running_aws
from tests.support.http import Client, Handler


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tables, bucket, queue and secrets of this test alone."""
    with running_aws(monkeypatch):
        yield


@dataclass(frozen=True)
class Callers:
    """One credential per kind of caller; `user` owns what a test makes."""

    user_id: str
    user: str
    other_user_id: str
    other_user: str
    admin: str
    api_key: str
    expired: str


@pytest.fixture
def caller(aws: None) -> Callers:
    user, other = ids.new_id("user"), ids.new_id("user")
    return Callers(
        user_id=user,
        user=callers.token_of(user),
        other_user_id=other,
        other_user=callers.token_of(other),
        admin=callers.token_of(ids.new_id("user"), ["admin"]),
        api_key=callers.api_key_of(user),
        expired=callers.expired_token_of(user),
    )


@pytest.fixture
def as_user(caller: Callers) -> Callable[[Handler], Client]:
    """`as_user(handler)` is the owning user's client of a function."""
    return lambda handler: Client(handler, caller.user)
