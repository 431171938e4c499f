"""Every route of the documents API, by every kind of caller."""

import pytest

from functions.documents.handler import handler
from tests.support import callers
from tests.support.documents import ENGLISH, post_file, stored_document
from tests.support.http import Answer, Client

DOCUMENTS = "/api/v1/documents"
UPLOAD = {"name": "a.txt", "file_type": "txt", "file_size": 5}
COLLECTION = ["upload", "prepare", "list"]
SINGLE = ["get", "chunks", "download", "delete"]


def call(client: Client, route: str, document_id: str) -> Answer:
    one = f"{DOCUMENTS}/{document_id}"
    match route:
        case "upload":
            return post_file(client, ENGLISH)
        case "prepare":
            return client.post(f"{DOCUMENTS}/uploads", UPLOAD)
        case "list":
            return client.get(DOCUMENTS)
        case "get":
            return client.get(one)
        case "delete":
            return client.delete(one)
        case _:
            return client.get(f"{one}/{route}")


@pytest.fixture
def document_id(caller) -> str:
    return stored_document(caller.user, caller.user_id).id


@pytest.mark.parametrize("route", COLLECTION + SINGLE)
@pytest.mark.parametrize("credential", ["user", "api_key"])
def test_the_owner_and_a_key_of_the_owner_may(caller, document_id, route, credential):
    answer = call(Client(handler, getattr(caller, credential)), route, document_id)
    assert answer.status in (200, 201), answer.text


@pytest.mark.parametrize("route", SINGLE)
@pytest.mark.parametrize("credential", ["other_user", "admin"])
def test_somebody_elses_document_does_not_exist(caller, document_id, route, credential):
    answer = call(Client(handler, getattr(caller, credential)), route, document_id)
    assert answer.status == 404
    assert answer.error["code"] == "NOT_FOUND"
    assert call(Client(handler, caller.user), "get", document_id).status == 200


def test_lists_show_own_documents_only(caller, document_id):
    assert call(Client(handler, caller.other_user), "list", "").data["total"] == 0


@pytest.mark.parametrize("route", COLLECTION + SINGLE)
@pytest.mark.parametrize("credential", ["nobody", "expired", "nonsense"])
def test_without_a_valid_credential_nothing_is_done(caller, document_id, route, credential):
    known = {"nobody": None, "nonsense": "nonsense"}
    client = Client(handler, known.get(credential, caller.expired))
    answer = call(client, route, document_id)
    assert answer.status == 401
    assert answer.error["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize("route", COLLECTION + SINGLE)
def test_a_key_of_another_scope_is_refused(caller, document_id, route):
    key = callers.api_key_of(caller.user_id, ["chat"])
    assert call(Client(handler, key), route, document_id).status == 403


@pytest.mark.parametrize("bad_id", ["doc_x", "role_01JAAAAAAAAAAAAAAAAAAAAAAA", "a b", "~TOTAL"])
@pytest.mark.parametrize("route", SINGLE)
def test_an_id_of_another_form_is_not_found(caller, route, bad_id):
    assert call(Client(handler, caller.user), route, bad_id).status == 404
