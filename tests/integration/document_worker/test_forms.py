"""A form takes uploads for an hour, the later in the place of the earlier: no document suffers."""

import boto3
import pytest
import requests

from functions.documents.handler import handler
from shared.data.documents import Document, find_document
from shared.data.knowledge_bases import find_knowledge_base
from shared.documents.changes import remove_document
from shared.documents.keys import file_prefix, upload_key
from shared.documents.texts import read_chunks
from tests.support.at_once import at_once
from tests.support.aws import BUCKET, REGION
from tests.support.documents import (
    CHINESE,
    ENGLISH,
    object_keys,
    promised,
    run_worker,
    s3_event,
)
from tests.support.faults import Killed, around_call, kill
from tests.support.http import Client

CALLS_OF_A_RUN = (
    *("GetQueueUrl", "ChangeMessageVisibility"),
    *("GetItem", "TransactWriteItems", "GetObject"),  # it is processing, and read
    *("PutObject", "PutObject", "TransactWriteItems"),  # segment and file are kept, it is completed
    "DeleteObjects",  # the form's place is emptied
)
CALLS = len(CALLS_OF_A_RUN)


@pytest.fixture
def client(caller) -> Client:
    return Client(handler, caller.user)


@pytest.fixture
def prepared(client, caller) -> Document:
    """A document that waits for its file."""
    body = {"name": "a.txt", "file_type": "txt", "file_size": 5_000}
    made = client.post("/api/v1/documents/uploads", body).data
    document = find_document(caller.user_id, made["id"])
    assert document is not None
    return document


def send(document: Document, content: bytes) -> dict[str, object]:
    """Upload with the document's form; the event of it."""
    key = upload_key(document.owner_id, document.id)
    boto3.client("s3", REGION).put_object(Bucket=BUCKET, Key=key, Body=content)
    return s3_event(document.owner_id, document.id)


def assert_made_of(client: Client, document: Document, content: bytes) -> None:
    """Completed, with chunks and file of the same bytes, and nothing besides them."""
    found = find_document(document.owner_id, document.id)
    assert found is not None
    assert found.status == "completed"
    assert [chunk.text for chunk in read_chunks(found, 0, 100)] == [content.decode()]
    link = client.get(f"/api/v1/documents/{document.id}/download").data["url"]
    assert requests.get(link, timeout=5).content == content
    assert sorted(object_keys()) == sorted([found.file, found.segment])
    kb = find_knowledge_base(found.owner_id, found.knowledge_base_id)
    assert kb is not None
    assert (kb.document_count, kb.chunk_count, kb.size) == (1, 1, len(content))


def test_a_second_upload_leaves_a_completed_document_as_it_is(client, prepared):
    assert run_worker(send(prepared, CHINESE)) == []
    assert_made_of(client, prepared, CHINESE)
    assert run_worker(send(prepared, ENGLISH)) == []
    assert_made_of(client, prepared, CHINESE)


def test_an_undisturbed_run_has_these_calls(client, prepared, monkeypatch):
    event = send(prepared, CHINESE)
    with around_call(monkeypatch, -1) as made:
        assert run_worker(event) == []
    assert tuple(made[:CALLS]) == CALLS_OF_A_RUN
    assert_made_of(client, prepared, CHINESE)


def test_of_two_uploads_before_the_worker_came_the_later_counts(client, prepared):
    events = [send(prepared, CHINESE), send(prepared, ENGLISH)]
    assert [run_worker(event) for event in events] == [[], []]
    assert_made_of(client, prepared, ENGLISH)


@pytest.mark.parametrize("number", range(CALLS))
def test_an_upload_in_the_middle_of_the_work_mixes_nothing(client, prepared, monkeypatch, number):
    event = send(prepared, CHINESE)
    with around_call(monkeypatch, number, before=lambda: send(prepared, ENGLISH)) as made:
        assert run_worker(event) == []
    assert run_worker(event) == []
    assert_made_of(client, prepared, ENGLISH if number <= made.index("GetObject") else CHINESE)


@pytest.mark.parametrize("number", range(CALLS))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_around_a_call_the_next_delivery_completes_it(
    client, prepared, monkeypatch, number, moment
):
    event = send(prepared, CHINESE)
    with around_call(monkeypatch, number, **{moment: kill}), pytest.raises(Killed):
        run_worker(event)
    assert run_worker(event, attempt=2) == []
    assert_made_of(client, prepared, CHINESE)


def test_two_uploads_in_two_workers_at_once_keep_what_was_read(client, prepared):
    event = send(prepared, CHINESE)
    assert at_once([lambda: run_worker(event) for _ in range(3)]) == [[], [], []]
    assert run_worker(event) == []
    assert_made_of(client, prepared, CHINESE)


def test_deleted_with_its_kept_file(prepared):
    assert run_worker(send(prepared, CHINESE)) == []
    assert object_keys(file_prefix(prepared.owner_id, prepared.id))
    remove_document(prepared.owner_id, prepared.id)
    assert run_worker(*promised("document_deleted")) == []
    assert object_keys() == []
    assert run_worker(send(prepared, ENGLISH)) == []
    assert object_keys() == []
