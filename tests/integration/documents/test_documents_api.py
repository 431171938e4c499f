"""/api/v1/documents as clients see it."""

import base64
import json
from urllib.parse import unquote

import pytest
import requests

from functions.documents.handler import handler
from shared.core import ids
from shared.data.knowledge_bases import find_knowledge_base
from tests.support import files
from tests.support.aws import counted_calls
from tests.support.documents import (
    CHINESE,
    ENGLISH,
    object_keys,
    post_file,
    processed,
    promised,
    run_worker,
    s3_event,
)
from tests.support.http import Client

DOCUMENTS = "/api/v1/documents"


@pytest.fixture
def client(caller) -> Client:
    return Client(handler, caller.user)


def test_upload_answers_processing_and_names_the_default_knowledge_base(client, caller):
    answer = post_file(client, ENGLISH, "returns.txt", description="about returns")
    assert answer.status == 201
    data = answer.data
    assert data["name"] == "returns.txt"
    assert data["file_type"] == "txt"
    assert data["file_size"] == len(ENGLISH)
    assert data["status"] == "processing"
    assert data["message"] == "文档上传成功，正在处理中"
    kb = find_knowledge_base(caller.user_id, data["knowledge_base_id"])
    assert kb.is_default
    assert (kb.document_count, kb.size) == (1, len(ENGLISH))
    assert object_keys() == [f"uploads/{caller.user_id}/{data['id']}"]


def test_a_processed_document_shows_metadata_chunks_and_download(client, caller):
    content = files.docx()
    document = processed(client, caller.user_id, content, "wrong.pdf", name="退货说明")
    shown = client.get(f"{DOCUMENTS}/{document.id}").data
    assert shown["name"] == "退货说明"
    assert shown["file_type"] == "docx"
    assert shown["status"] == "completed"
    assert shown["metadata"] == {"pages": None, "words": 20, "language": "en"}
    assert shown["error"] is None
    assert shown["completed_at"].endswith("Z")
    chunks = client.get(f"{DOCUMENTS}/{document.id}/chunks").data
    assert chunks["total"] == shown["chunk_count"] == len(chunks["items"])
    assert chunks["items"][0]["position"] == 0
    assert "RC-2045-X | 129.50" in chunks["items"][0]["text"]
    link = client.get(f"{DOCUMENTS}/{document.id}/download").data
    assert "退货说明.docx" in unquote(unquote(link["url"]))
    assert requests.get(link["url"], timeout=5).content == content


def test_chunks_are_paged_over_the_marks(client, caller):
    text = "\n".join(f"Sentence number {n} of this text" + " word" * 150 + "." for n in range(130))
    document = processed(client, caller.user_id, text.encode())
    assert document.chunk_count == 130
    positions = []
    for page in (1, 2, 3, 4):
        found = client.get(f"{DOCUMENTS}/{document.id}/chunks", page=page, page_size=40).data
        assert found["total"] == 130
        positions += [item["position"] for item in found["items"]]
        assert all(f"number {i['position']} of" in i["text"] for i in found["items"])
    assert positions == list(range(130))
    assert client.get(f"{DOCUMENTS}/{document.id}/chunks", page=9, page_size=40).data["items"] == []


def test_list_is_newest_first_and_filtered_with_exact_totals(client, caller):
    first = processed(client, caller.user_id, ENGLISH, "Alpha.txt")
    second = post_file(client, CHINESE, "Beta.txt").data
    everything = client.get(DOCUMENTS).data
    assert [item["id"] for item in everything["items"]] == [second["id"], first.id]
    assert everything["total"] == 2
    assert set(everything["items"][0]) >= {
        "id", "name", "file_type", "file_size", "status", "chunk_count", "knowledge_base_id",
        "created_at",
    }  # fmt: skip
    for query, found in (
        ({"status": "completed"}, [first.id]),
        ({"search": "bEtA"}, [second["id"]]),
        ({"knowledge_base_id": first.knowledge_base_id}, [second["id"], first.id]),
        ({"knowledge_base_id": ids.new_id("kb")}, []),
    ):
        page = client.get(DOCUMENTS, **query).data
        assert [item["id"] for item in page["items"]] == found
        assert page["total"] == len(found)
    page = client.get(DOCUMENTS, page=2, page_size=1).data
    assert ([item["id"] for item in page["items"]], page["total_pages"]) == ([first.id], 2)
    assert client.get(DOCUMENTS, page=7).data["items"] == []


def test_delete_takes_the_document_out_of_everything_and_promises_its_objects(client, caller):
    document = processed(client, caller.user_id, ENGLISH)
    assert client.delete(f"{DOCUMENTS}/{document.id}").status == 200
    assert client.get(f"{DOCUMENTS}/{document.id}").status == 404
    assert client.get(DOCUMENTS).data["total"] == 0
    kb = find_knowledge_base(caller.user_id, document.knowledge_base_id)
    assert (kb.document_count, kb.chunk_count, kb.size) == (0, 0, 0)
    assert run_worker(*promised("document_deleted")) == []
    assert object_keys() == []
    assert client.delete(f"{DOCUMENTS}/{document.id}").status == 404


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\年度 报告.txt", "年度 报告.txt"),
        ("长" * 300 + ".txt", "长" * 196 + ".txt"),
    ],
)
def test_file_names_are_stripped_of_paths(client, given, kept):
    assert post_file(client, ENGLISH, given).data["name"] == kept


def test_refused_uploads(client):
    assert post_file(client, bytes(4_800_000)).status == 413
    assert post_file(client, ENGLISH, name="x" * 201).error["details"]["field"] == "name"
    assert post_file(client, ENGLISH, description="x" * 1_001).status == 400
    answer = post_file(client, ENGLISH, knowledge_base_id=ids.new_id("kb"))
    assert answer.error["details"]["field"] == "knowledge_base_id"
    assert client.post(DOCUMENTS, {"file": "x"}).status == 415
    assert client.call("POST", DOCUMENTS).error["details"]["field"] == "file"
    assert object_keys() == []
    assert client.get(DOCUMENTS).data["total"] == 0


def test_presigned_upload_is_taken_by_s3_and_processed(client, caller):
    body = {"name": "大文件.txt", "file_type": "txt", "file_size": len(CHINESE)}
    answer = client.post(f"{DOCUMENTS}/uploads", body)
    assert answer.status == 201
    data = answer.data
    assert data["status"] == "uploading"
    assert data["expires_in"] == 3600
    assert client.get(f"{DOCUMENTS}/{data['id']}/download").status == 409
    sent = requests.post(data["url"], data=data["fields"], files={"file": CHINESE}, timeout=5)
    assert sent.status_code in (200, 204)
    assert run_worker(s3_event(caller.user_id, data["id"])) == []
    shown = client.get(f"{DOCUMENTS}/{data['id']}").data
    assert (shown["status"], shown["file_size"]) == ("completed", len(CHINESE))


def test_the_upload_form_names_size_type_and_key(client, caller):
    body = {"name": "a.pdf", "file_type": "pdf", "file_size": 1234}
    data = client.post(f"{DOCUMENTS}/uploads", body).data
    policy = json.loads(base64.b64decode(data["fields"]["policy"]))
    assert ["content-length-range", 0, 1234] in policy["conditions"]
    assert {"Content-Type": "application/pdf"} in policy["conditions"]
    assert {"key": f"uploads/{caller.user_id}/{data['id']}"} in policy["conditions"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"file_size": 100 * 1024 * 1024 + 1}, "file_size"),
        ({"file_size": -1}, "file_size"),
        ({"file_type": "exe"}, "file_type"),
        ({"name": ""}, "name"),
        ({"knowledge_base_id": "kb_no"}, "knowledge_base_id"),
        ({"more": 1}, "more"),
    ],
)
def test_refused_upload_requests(client, change, field):
    body = {"name": "a.pdf", "file_type": "pdf", "file_size": 1} | change
    answer = client.post(f"{DOCUMENTS}/uploads", body)
    assert answer.status == 400
    assert answer.error["details"]["field"] == field


def test_a_failed_document_says_why_in_the_callers_language(client, caller):
    document = processed(client, caller.user_id, b"")
    shown = client.get(f"{DOCUMENTS}/{document.id}").data
    assert shown["status"] == "failed"
    assert shown["error"] == {"code": "EMPTY", "message": "文件中没有文字内容"}
    english = Client(handler, caller.user, {"accept-language": "en"})
    assert english.get(f"{DOCUMENTS}/{document.id}").data["error"]["message"] == (
        "The file holds no text"
    )


def test_the_same_idempotency_key_makes_one_document(client):
    header = {"idempotency-key": "once"}
    first, again = (post_file(client, ENGLISH, headers=header) for _ in range(2))
    assert first.data["id"] == again.data["id"]
    assert again.headers["idempotent-replay"] == "true"
    assert client.get(DOCUMENTS).data["total"] == 1


def test_aws_calls_are_few(client, caller, monkeypatch):
    document = processed(client, caller.user_id, ENGLISH)
    for path, most in (
        (f"{DOCUMENTS}/{document.id}", 1),
        (DOCUMENTS, 1),
        (f"{DOCUMENTS}?status=completed", 1),
        (f"{DOCUMENTS}/{document.id}/chunks", 2),
        (f"{DOCUMENTS}/{document.id}/download", 1),
    ):
        with counted_calls(monkeypatch) as calls:
            assert client.get(path).status == 200
        calls.pop("UpdateItem", None)  # the rate limiter's, now and then
        assert calls.total() <= most, (path, calls)
    with counted_calls(monkeypatch) as calls:
        assert post_file(client, ENGLISH).status == 201
    calls.pop("UpdateItem", None)
    assert calls == {"TransactWriteItems": 1, "PutObject": 1}
