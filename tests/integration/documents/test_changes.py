"""Changes of a document that meet each other, a full or vanished knowledge base, a broken store."""

import pytest
from botocore.exceptions import ClientError

from functions.documents.handler import handler
from functions.knowledge.handler import handler as knowledge
from shared.aws.storage import Storage
from shared.core.errors import ServiceUnavailable
from shared.data import changing
from shared.data.documents import Document, find_document, find_documents
from shared.data.knowledge_bases import default_id, find_knowledge_base
from shared.documents import changes
from shared.documents.knowledge import dissolve
from tests.support.documents import ENGLISH, object_keys, post_file, run_worker, s3_event
from tests.support.faults import around_call
from tests.support.http import Client


@pytest.fixture
def client(caller) -> Client:
    return Client(handler, caller.user)


@pytest.fixture
def base(caller) -> str:
    made = Client(knowledge, caller.user).post("/api/v1/knowledge-bases", {"name": "KB"})
    return str(made.data["id"])


def uploaded(client: Client, owner_id: str, kb_id: str) -> Document:
    data = post_file(client, ENGLISH, knowledge_base_id=kb_id).data
    document = find_document(owner_id, data["id"])
    assert document is not None
    return document


def test_storing_a_document_again_gives_the_stored_one(client, caller, base):
    document = uploaded(client, caller.user_id, base)
    assert changes.add_document(document) == document
    assert find_documents(caller.user_id).total == 1


def test_a_full_knowledge_base_takes_no_more(client, caller, base, monkeypatch):
    monkeypatch.setattr("shared.data.knowledge_bases.MOST_DOCUMENTS", 1)
    uploaded(client, caller.user_id, base)
    answer = post_file(client, ENGLISH, knowledge_base_id=base)
    assert answer.status == 400
    assert answer.error["details"]["field"] == "knowledge_base_id"
    assert find_documents(caller.user_id).total == 1


def test_a_file_that_cannot_be_stored_leaves_no_document(client, caller, monkeypatch):
    def refuse(*_: object) -> None:
        raise ClientError({"Error": {"Code": "SlowDown"}}, "PutObject")

    monkeypatch.setattr(Storage, "put", refuse)
    assert post_file(client, ENGLISH).status == 503
    assert client.get("/api/v1/documents").data["total"] == 0
    assert find_knowledge_base(caller.user_id, default_id(caller.user_id)).size == 0


def test_chunks_of_a_document_whose_segment_just_went_are_not_found(client, caller, base):
    document = uploaded(client, caller.user_id, base)
    run_worker(s3_event(caller.user_id, document.id))
    from shared.documents.settings import files

    files().delete(object_keys("segments/"))
    assert client.get(f"/api/v1/documents/{document.id}/chunks").status == 404


def test_completed_while_its_knowledge_base_goes_it_joins_the_default_one(
    client, caller, base, monkeypatch
):
    document = uploaded(client, caller.user_id, base)

    def vanish() -> None:
        assert dissolve(caller.user_id, base, "keep")

    with around_call(monkeypatch, 3, before=vanish):
        assert run_worker(s3_event(caller.user_id, document.id)) == []
    found = find_document(caller.user_id, document.id)
    assert (found.status, found.knowledge_base_id) == ("completed", default_id(caller.user_id))
    home = find_knowledge_base(caller.user_id, found.knowledge_base_id)
    assert (home.document_count, home.chunk_count, home.size) == (1, 1, len(ENGLISH))


def test_completed_while_its_knowledge_base_goes_with_its_documents_it_goes_too(
    client, caller, base, monkeypatch
):
    document = uploaded(client, caller.user_id, base)

    def vanish() -> None:
        assert dissolve(caller.user_id, base, "delete")

    with around_call(monkeypatch, 3, before=vanish):
        assert run_worker(s3_event(caller.user_id, document.id)) == []
    assert find_documents(caller.user_id).total == 0
    assert find_knowledge_base(caller.user_id, default_id(caller.user_id)) is None
    assert object_keys() == []


def test_a_document_of_a_vanished_knowledge_base_can_be_deleted(client, caller, base):
    document = uploaded(client, caller.user_id, base)
    assert dissolve(caller.user_id, base, "delete")
    assert client.delete(f"/api/v1/documents/{document.id}").status == 200
    assert find_documents(caller.user_id).total == 0


def test_a_change_that_never_gets_its_turn_says_try_again(client, caller, base, monkeypatch):
    document = uploaded(client, caller.user_id, base)
    monkeypatch.setattr(changing, "TRIES", 0)
    for change in (
        lambda: changes.add_document(document),
        lambda: changes.fail_document(document, "INTERNAL"),
        lambda: changes.remove_document(caller.user_id, document.id),
    ):
        with pytest.raises(ServiceUnavailable):
            change()
