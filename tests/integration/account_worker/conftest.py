"""Fixtures: hashes that take no time; the words every item of a table is searched for."""

import pytest

from tests.support.accounts import cheap_hashes


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap_hashes(monkeypatch)
