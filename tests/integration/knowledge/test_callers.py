"""Every route of the knowledge bases API, by every kind of caller."""

import pytest

from functions.knowledge.handler import handler
from tests.support import callers
from tests.support.http import Answer, Client

BASES = "/api/v1/knowledge-bases"
COLLECTION = ["list", "create"]
SINGLE = ["get", "put", "delete", "search"]


def call(client: Client, route: str, kb_id: str) -> Answer:
    one = f"{BASES}/{kb_id}"
    match route:
        case "list":
            return client.get(BASES)
        case "create":
            return client.post(BASES, {"name": "A"})
        case "get":
            return client.get(one)
        case "put":
            return client.put(one, {"name": "B"})
        case "delete":
            return client.delete(one)
        case _:
            return client.post(f"{one}/search", {"query": "x"})


@pytest.fixture
def kb_id(caller) -> str:
    return str(Client(handler, caller.user).post(BASES, {"name": "Mine"}).data["id"])


@pytest.mark.parametrize("route", COLLECTION + SINGLE)
@pytest.mark.parametrize("credential", ["user", "api_key"])
def test_the_owner_and_a_key_of_the_owner_may(caller, kb_id, route, credential):
    answer = call(Client(handler, getattr(caller, credential)), route, kb_id)
    assert answer.status in (200, 201), answer.text


@pytest.mark.parametrize("route", SINGLE)
@pytest.mark.parametrize("credential", ["other_user", "admin"])
def test_somebody_elses_knowledge_base_does_not_exist(caller, kb_id, route, credential):
    answer = call(Client(handler, getattr(caller, credential)), route, kb_id)
    assert answer.status == 404
    assert call(Client(handler, caller.user), "get", kb_id).data["name"] == "Mine"


def test_lists_show_own_knowledge_bases_only(caller, kb_id):
    items = call(Client(handler, caller.other_user), "list", "").data["items"]
    assert kb_id not in [item["id"] for item in items]


@pytest.mark.parametrize("route", COLLECTION + SINGLE)
@pytest.mark.parametrize("credential", ["nobody", "expired", "nonsense"])
def test_without_a_valid_credential_nothing_is_done(caller, kb_id, route, credential):
    known = {"nobody": None, "nonsense": "nonsense"}
    answer = call(Client(handler, known.get(credential, caller.expired)), route, kb_id)
    assert answer.status == 401


@pytest.mark.parametrize("route", COLLECTION + SINGLE)
def test_a_key_of_another_scope_is_refused(caller, kb_id, route):
    key = callers.api_key_of(caller.user_id, ["chat"])
    assert call(Client(handler, key), route, kb_id).status == 403
