"""Fixtures: hashes that take no time, a user, another user, an admin."""

import pytest

from tests.support.accounts import Account, cheap_hashes, new_account, new_admin


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap_hashes(monkeypatch)


@pytest.fixture
def user(aws: None) -> Account:
    return new_account(name="用户")


@pytest.fixture
def other(aws: None) -> Account:
    return new_account(name="Other")


@pytest.fixture
def admin(aws: None) -> Account:
    return new_admin()
