"""The worker by message: uploads of every kind, deletions, what is not ours."""

import os
from datetime import timedelta
from typing import Any

import boto3
import pytest

from functions.document_worker.handler import handler as worker
from functions.documents.handler import handler
from functions.knowledge.handler import handler as knowledge
from shared.core import clock, ids
from shared.data.documents import find_document, find_documents
from shared.data.knowledge_bases import find_knowledge_base, find_knowledge_bases
from shared.documents.account import delete_some
from shared.documents.keys import upload_key
from shared.documents.sweep import end_expired_documents
from tests.support import files
from tests.support.aws import BUCKET, REGION
from tests.support.documents import (
    CHINESE,
    ENGLISH,
    Runtime,
    object_keys,
    post_file,
    processed,
    promised,
    run_worker,
    s3_event,
    sqs_event,
)
from tests.support.faults import Killed, kill
from tests.support.http import Client


@pytest.fixture
def client(caller) -> Client:
    return Client(handler, caller.user)


def put(key: str, content: bytes) -> None:
    boto3.client("s3", REGION).put_object(Bucket=BUCKET, Key=key, Body=content)


@pytest.mark.parametrize(
    ("content", "file_type"),
    [
        (files.pdf([["Page one."], ["第二页。"]]), "pdf"),
        (files.docx(), "docx"),
        (files.pptx(), "pptx"),
        (files.xlsx(), "xlsx"),
        (b"code,text\r\nA-1,one\r\n", "csv"),
        (b"# Title\n\n- point\n", "md"),
        (CHINESE.decode().encode("gb18030"), "txt"),
        (CHINESE.decode().encode("utf-16"), "txt"),
        ("<html><body>退款</body></html>".encode(), "html"),
    ],
)
def test_every_type_is_completed_whatever_its_name_says(client, caller, content, file_type):
    document = processed(client, caller.user_id, content, "lies.exe")
    assert (document.status, document.file_type) == ("completed", file_type)
    assert document.chunk_count > 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY"),
        (files.pdf([["x"]], password="secret"), "ENCRYPTED"),
        (files.encrypted_office(), "ENCRYPTED"),
        (b"%PDF-1.7 broken", "CORRUPT"),
        (files.zip_bomb(), "TOO_LARGE_UNPACKED"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "UNSUPPORTED_TYPE"),
        (files.pdf([["x"]] * 2_001), "TOO_MANY_PAGES"),
    ],
)
def test_every_failure_ends_the_document_with_its_code(client, caller, content, code):
    document = processed(client, caller.user_id, content)
    assert (document.status, document.error_code) == ("failed", code)
    assert document.completed_at is not None
    assert document.deadline is None
    assert object_keys("segments/") == []


def test_a_hundred_megabytes_through_the_presigned_path(client, caller):
    picture = os.urandom(99 * 1024 * 1024)
    content = files.word_archive(
        "<w:p><w:r><w:t>The answer is in here.</w:t></w:r></w:p>",
        extra={"word/media/picture.png": picture},
    )
    body = {"name": "big.docx", "file_type": "docx", "file_size": len(content)}
    data = client.post("/api/v1/documents/uploads", body).data
    put(upload_key(caller.user_id, data["id"]), content)
    assert run_worker(s3_event(caller.user_id, data["id"])) == []
    document = find_document(caller.user_id, data["id"])
    assert (document.status, document.file_size) == ("completed", len(content))


def test_the_real_size_of_an_upload_is_counted(client, caller):
    body = {"name": "a.txt", "file_type": "txt", "file_size": 5_000}
    data = client.post("/api/v1/documents/uploads", body).data
    put(upload_key(caller.user_id, data["id"]), ENGLISH)
    run_worker(s3_event(caller.user_id, data["id"]))
    (kb,) = find_knowledge_bases(caller.user_id)
    assert kb.size == len(ENGLISH)


def test_a_file_without_a_document_is_removed(caller):
    document_id = ids.new_id("doc")
    put(upload_key(caller.user_id, document_id), ENGLISH)
    assert run_worker(s3_event(caller.user_id, document_id)) == []
    assert object_keys() == []


def test_a_late_deletion_message_spares_a_living_document(client, caller):
    document = processed(client, caller.user_id, ENGLISH)
    body = {"kind": "document_deleted", "owner_id": caller.user_id, "document_id": document.id}
    assert run_worker(body) == []
    assert len(object_keys()) == 2


@pytest.mark.parametrize(
    "body",
    ["no json", "[]", {"kind": "unheard_of"}, {"Records": [{"s3": {"object": {"key": "x/y"}}}]}],
)
def test_a_message_that_is_not_ours_goes_to_the_dead_letters(body):
    assert run_worker(body, attempt=3) == ["m0"]


def test_the_test_event_of_s3_is_done_without_work():
    assert run_worker({"Service": "Amazon S3", "Event": "s3:TestEvent"}) == []


def test_one_bad_message_does_not_hold_up_the_batch(client, caller):
    data = post_file(client, ENGLISH).data
    assert run_worker("no json", s3_event(caller.user_id, data["id"])) == ["m0"]
    assert find_document(caller.user_id, data["id"]).status == "completed"


def _received(body: str) -> tuple[Any, dict[str, Any]]:
    """The queue, and the worker's event of a message that was just received from it."""
    queue, url = boto3.client("sqs", REGION), os.environ["DOCUMENTS_QUEUE_URL"]
    queue.send_message(QueueUrl=url, MessageBody=body)
    (message,) = queue.receive_message(QueueUrl=url, VisibilityTimeout=1_800)["Messages"]
    event = sqs_event(message["Body"])
    event["Records"][0]["receiptHandle"] = message["ReceiptHandle"]
    return queue, event


def _comes_back(queue: Any, monkeypatch: pytest.MonkeyPatch, after_s: int) -> bool:
    later = (clock.timestamp() + after_s) * 1_000
    with monkeypatch.context() as patch:
        patch.setattr("moto.sqs.models.unix_time_millis", lambda: later)
        return "Messages" in queue.receive_message(QueueUrl=os.environ["DOCUMENTS_QUEUE_URL"])


def test_a_failed_message_is_shown_again_within_the_time_of_its_document(monkeypatch):
    queue, event = _received("no json")
    worker(event, Runtime())
    assert not _comes_back(queue, monkeypatch, after_s=10)
    assert _comes_back(queue, monkeypatch, after_s=16)


def test_a_message_whose_worker_was_killed_is_shown_again_after_its_deadline(monkeypatch):
    queue, event = _received("no json")
    monkeypatch.setattr("functions.document_worker.handler.handle_message", lambda *_: kill())
    with pytest.raises(Killed):
        worker(event, Runtime(300_000))
    assert not _comes_back(queue, monkeypatch, after_s=300)
    assert _comes_back(queue, monkeypatch, after_s=320)


@pytest.mark.parametrize("fate", ["keep", "delete"])
def test_the_worker_settles_documents_a_request_could_not(client, caller, monkeypatch, fate):
    bases = Client(knowledge, caller.user)
    kb_id = bases.post("/api/v1/knowledge-bases", {"name": "KB"}).data["id"]
    document = processed(client, caller.user_id, ENGLISH, knowledge_base_id=kb_id)
    monkeypatch.setattr("functions.knowledge.service._SETTLING_SECONDS", -1)
    assert bases.delete(f"/api/v1/knowledge-bases/{kb_id}", documents=fate).status == 200
    assert run_worker(*promised("knowledge_base_deleted")) == []
    left = find_document(caller.user_id, document.id)
    if fate == "delete":
        assert left is None
        return
    home = find_knowledge_base(caller.user_id, left.knowledge_base_id)
    assert home.is_default
    assert (home.document_count, home.chunk_count) == (1, document.chunk_count)


def test_a_knowledge_base_deleted_while_its_document_is_processed(client, caller):
    bases = Client(knowledge, caller.user)
    kb_id = bases.post("/api/v1/knowledge-bases", {"name": "KB"}).data["id"]
    data = post_file(client, ENGLISH, knowledge_base_id=kb_id).data
    assert bases.delete(f"/api/v1/knowledge-bases/{kb_id}").status == 200
    assert run_worker(s3_event(caller.user_id, data["id"])) == []
    document = find_document(caller.user_id, data["id"])
    home = find_knowledge_base(caller.user_id, document.knowledge_base_id)
    assert document.status == "completed"
    assert (home.is_default, home.document_count, home.chunk_count) == (True, 1, 1)


def test_housekeeping_ends_what_is_overdue_and_nothing_else(client, caller):
    waiting = {"name": "a.txt", "file_type": "txt", "file_size": 5}
    uploading = client.post("/api/v1/documents/uploads", waiting).data["id"]
    processing = post_file(client, ENGLISH).data["id"]
    done = processed(client, caller.user_id, ENGLISH).id
    assert end_expired_documents(clock.now()) == 0
    last_look = timedelta(minutes=15) - timedelta(minutes=1)  # housekeeping's interval
    assert end_expired_documents(clock.now() + last_look) == 1
    failed = find_document(caller.user_id, processing)
    assert (failed.status, failed.error_code) == ("failed", "TIMEOUT")
    assert end_expired_documents(clock.now() + timedelta(minutes=61)) == 1
    assert find_document(caller.user_id, uploading) is None
    assert find_document(caller.user_id, done).status == "completed"
    (kb,) = find_knowledge_bases(caller.user_id)
    assert kb.document_count == 2


def test_an_account_is_deleted_some_at_a_time(client, caller):
    for _ in range(3):
        processed(client, caller.user_id, ENGLISH)
    other = Client(handler, caller.other_user)
    processed(other, caller.other_user_id, ENGLISH)
    steps = 0
    while not delete_some(caller.user_id, "documents", limit=2):
        steps += 1
    while not delete_some(caller.user_id, "knowledge_bases"):
        steps += 1
    assert steps == 2
    assert find_documents(caller.user_id).total == 0
    assert find_knowledge_bases(caller.user_id) == []
    assert all(caller.other_user_id in key for key in object_keys())
    assert find_documents(caller.other_user_id).total == 1
    assert delete_some(caller.user_id, "documents")
