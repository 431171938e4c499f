"""Every route of payments by every kind of caller."""

import pytest

from functions.payments.handler import handler
from tests.integration.conftest import Callers
from tests.support.http import Client
from tests.support.payments import OPENID, ORDERS, new_order

ROUTES = [
    ("GET", "", None),
    ("POST", "", {"product": "photo_pack"}),
    ("GET", "/{id}", None),
    ("POST", "/{id}/pay", {"openid": OPENID}),
    ("POST", "/{id}/pay/retry", {"openid": OPENID}),
    ("POST", "/{id}/cancel", None),
    ("POST", "/{id}/refund", None),
]
NOT_OWN = [route for route in ROUTES if "{id}" in route[1] and "refund" not in route[1]]


def call(
    credential: str | None, route: tuple[str, str, dict[str, str] | None], order_id: str
) -> int:
    method, path, body = route
    client = Client(handler, credential)
    return client.call(method, ORDERS + path.format(id=order_id), body=body).status


@pytest.fixture
def order_id(caller: Callers) -> str:
    return new_order(Client(handler, caller.user))


@pytest.mark.parametrize("route", ROUTES)
def test_a_caller_without_a_good_credential_is_refused(
    caller: Callers, order_id: str, route: tuple[str, str, dict[str, str] | None]
) -> None:
    assert call(None, route, order_id) == 401
    assert call(caller.expired, route, order_id) == 401


@pytest.mark.parametrize("route", ROUTES)
def test_an_api_key_neither_buys_nor_refunds(
    caller: Callers, order_id: str, route: tuple[str, str, dict[str, str] | None]
) -> None:
    assert call(caller.api_key, route, order_id) == 403


@pytest.mark.parametrize("route", NOT_OWN)
def test_somebody_elses_order_is_not_there(
    caller: Callers, order_id: str, route: tuple[str, str, dict[str, str] | None]
) -> None:
    assert call(caller.other_user, route, order_id) == 404


@pytest.mark.parametrize("route", [route for route in ROUTES if "refund" not in route[1]])
def test_the_owner_may(
    caller: Callers, order_id: str, route: tuple[str, str, dict[str, str] | None]
) -> None:
    assert call(caller.user, route, order_id) in (200, 201)


def test_only_admins_refund(caller: Callers, order_id: str) -> None:
    refund = ("POST", "/{id}/refund", None)
    assert call(caller.user, refund, order_id) == 403
    assert call(caller.admin, refund, order_id) == 409  # it is not paid
