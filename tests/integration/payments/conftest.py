"""Fixtures: a running WeChat Pay, and a buyer."""

from collections.abc import Iterator
from functools import partial

import pytest

from functions.payments.handler import handler
from shared.ai.guard import Guard
from shared.ai.retry import Pause
from tests.support.accounts import Account, cheap_hashes, new_account
from tests.support.http import Client
from tests.support.payments import WeChat, running_wechat


async def _no_wait(_: float) -> None:
    return None


@pytest.fixture(autouse=True)
def wechat(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeChat]:
    cheap_hashes(monkeypatch)
    patient = partial(Guard, pause=Pause(asleep=_no_wait))
    monkeypatch.setattr("shared.payments.wechat.service.Guard", patient)
    with running_wechat() as running:
        yield running


@pytest.fixture
def buyer() -> Account:
    return new_account()


@pytest.fixture
def client(buyer: Account) -> Client:
    return Client(handler, buyer.token)
