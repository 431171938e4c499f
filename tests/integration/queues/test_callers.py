"""Every route of the queues API, by every kind of caller."""

import pytest

from functions.queues.handler import handler
from tests.support import callers
from tests.support.http import Answer, Client

QUEUES = "/api/v1/admin/queues"
ROUTES = ["status", "messages", "redrive", "purge"]


def call(client: Client, route: str, name: str = "documents") -> Answer:
    match route:
        case "status":
            return client.get(QUEUES)
        case "messages":
            return client.get(f"{QUEUES}/{name}/messages", state="archived")
        case "redrive":
            return client.post(f"{QUEUES}/{name}/redrive")
        case _:
            return client.delete(f"{QUEUES}/{name}", confirm=name)


@pytest.mark.parametrize("route", ROUTES)
def test_an_administrator_may(admin, route):
    assert call(admin, route).status == 200


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("credential", ["user", "other_user", "api_key"])
def test_nobody_else_may(queues, caller, route, credential):
    queues.send("kept")
    answer = call(Client(handler, getattr(caller, credential)), route)
    assert (answer.status, answer.error["code"]) == (403, "FORBIDDEN")
    assert queues.waiting(queues.documents) == ["kept"]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("credential", ["nobody", "expired", "nonsense"])
def test_without_a_valid_credential_nothing_is_done(queues, caller, route, credential):
    queues.send("kept")
    known = {"nobody": None, "nonsense": "nonsense"}
    answer = call(Client(handler, known.get(credential, caller.expired)), route)
    assert (answer.status, answer.error["code"]) == (401, "UNAUTHORIZED")
    assert queues.waiting(queues.documents) == ["kept"]


@pytest.mark.parametrize("route", ROUTES)
def test_an_administrators_key_is_no_administrator(queues, route):
    key = callers.api_key_of("user_01JAAAAAAAAAAAAAAAAAAAAAAA", ["all"])
    assert call(Client(handler, key), route).status == 403


@pytest.mark.parametrize("route", ["messages", "redrive", "purge"])
def test_a_queue_that_is_not_there_is_not_found(admin, route):
    answer = call(admin, route, "nothing")
    assert (answer.status, answer.error["code"]) == (404, "NOT_FOUND")


def test_other_methods_are_not_allowed(admin):
    assert admin.post(QUEUES).status == 405
