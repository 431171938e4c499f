"""/api/v1/knowledge-bases as clients see it."""

import pytest

from functions.documents.handler import handler as documents
from functions.knowledge.handler import handler
from shared.core import ids
from shared.data.documents import find_document, find_documents
from tests.support.at_once import at_once
from tests.support.aws import counted_calls
from tests.support.documents import CHINESE, ENGLISH, object_keys, processed, promised, run_worker
from tests.support.http import Client

BASES = "/api/v1/knowledge-bases"


@pytest.fixture
def client(caller) -> Client:
    return Client(handler, caller.user)


def new_base(client: Client, name: str = "手册") -> str:
    created = client.post(BASES, {"name": name})
    assert created.status == 201, created.text
    return str(created.data["id"])


def test_create_read_change(client):
    created = client.post(BASES, {"name": " 产品手册 ", "description": "all"})
    assert created.status == 201
    data = created.data
    assert (data["name"], data["description"], data["is_default"]) == ("产品手册", "all", False)
    assert (data["document_count"], data["chunk_count"], data["size"]) == (0, 0, 0)
    one = f"{BASES}/{data['id']}"
    assert client.get(one).data == data
    changed = client.put(one, {"name": "New"}).data
    assert (changed["name"], changed["description"]) == ("New", "all")
    assert client.put(one, {"description": ""}).data["description"] == ""
    assert client.get(one).data["name"] == "New"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a", "description": "x" * 501}, "description"),
        ({"name": "a", "size": 1}, "size"),
    ],
)
def test_refused_bodies(client, body, field):
    answer = client.post(BASES, body)
    assert answer.status == 400
    assert answer.error["details"]["field"] == field


def test_every_user_has_exactly_one_default(caller):
    def look():
        return Client(handler, caller.user).get(BASES).data

    for found in at_once([look] * 6):
        assert [item["is_default"] for item in found["items"]] == [True]
    assert look()["total"] == 1


def test_the_default_cannot_be_deleted(client):
    (default,) = client.get(BASES).data["items"]
    answer = client.delete(f"{BASES}/{default['id']}")
    assert answer.status == 409
    assert answer.error["code"] == "CONFLICT"


def test_list_is_newest_first_and_paged(client):
    made = [new_base(client, f"KB {n}") for n in range(3)]
    page = client.get(BASES, page=1, page_size=3).data
    assert [item["id"] for item in page["items"]] == made[::-1]
    assert (page["total"], page["total_pages"]) == (4, 2)
    assert client.get(BASES, page=2, page_size=3).data["items"][0]["is_default"]


def test_counters_follow_the_documents(client, caller):
    kb_id = new_base(client)
    upload = Client(documents, caller.user)
    processed(upload, caller.user_id, ENGLISH, knowledge_base_id=kb_id)
    processed(upload, caller.user_id, b"", knowledge_base_id=kb_id)
    shown = client.get(f"{BASES}/{kb_id}").data
    assert (shown["document_count"], shown["chunk_count"]) == (2, 1)
    assert shown["size"] == len(ENGLISH)


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("RC-2045-X", "en"),
        ("rc2045x", "en"),
        ("How long may goods be returned?", "en"),
        ("退款政策是什么？", "zh"),
        ("无理由退货", "zh"),
    ],
)
def test_search_finds_codes_phrases_and_questions_without_a_model(client, caller, query, language):
    kb_id = new_base(client)
    upload = Client(documents, caller.user)
    ours = {
        "en": processed(upload, caller.user_id, ENGLISH, "en.txt", knowledge_base_id=kb_id),
        "zh": processed(upload, caller.user_id, CHINESE, "zh.txt", knowledge_base_id=kb_id),
    }
    found = client.post(f"{BASES}/{kb_id}/search", {"query": query, "top_k": 3}).data["items"]
    assert found[0]["document_id"] == ours[language].id
    assert found[0]["document_name"] == f"{language}.txt"
    assert found[0]["chunk_id"].startswith("chunk_")
    assert found[0]["page"] is None
    assert 0 < found[0]["score"] <= 1
    assert len(found[0]["snippet"]) <= 300
    assert found[0]["text"] == {"en": ENGLISH, "zh": CHINESE}[language].decode()


def test_search_sees_a_new_document_and_forgets_a_deleted_one(client, caller):
    kb_id = new_base(client)
    upload = Client(documents, caller.user)
    search = {"query": "RC-2045-X"}
    assert client.post(f"{BASES}/{kb_id}/search", search).data["items"] == []
    document = processed(upload, caller.user_id, ENGLISH, knowledge_base_id=kb_id)
    assert len(client.post(f"{BASES}/{kb_id}/search", search).data["items"]) == 1
    upload.delete(f"/api/v1/documents/{document.id}")
    assert client.post(f"{BASES}/{kb_id}/search", search).data["items"] == []


def test_search_stays_within_its_knowledge_base(client, caller):
    first, second = new_base(client), new_base(client)
    processed(Client(documents, caller.user), caller.user_id, ENGLISH, knowledge_base_id=first)
    found = client.post(f"{BASES}/{second}/search", {"query": "RC-2045-X"}).data
    assert found["items"] == []


@pytest.mark.parametrize(
    "body", [{}, {"query": ""}, {"query": "x" * 1_001}, {"query": "a", "top_k": 51},
             {"query": "a", "top_k": 0}, {"query": "a", "top_k": "8"}]
)  # fmt: skip
def test_refused_searches(client, body):
    assert client.post(f"{BASES}/{new_base(client)}/search", body).status == 400


def test_delete_keeps_documents_in_the_default_one_or_takes_them_along(client, caller):
    upload = Client(documents, caller.user)
    for fate in ("keep", "delete"):
        kb_id = new_base(client)
        document = processed(upload, caller.user_id, ENGLISH, knowledge_base_id=kb_id)
        assert client.delete(f"{BASES}/{kb_id}", documents=fate).status == 200
        assert client.get(f"{BASES}/{kb_id}").status == 404
        left = find_document(caller.user_id, document.id)
        if fate == "delete":
            assert left is None
            continue
        home = client.get(f"{BASES}/{left.knowledge_base_id}").data
        assert (home["is_default"], home["document_count"], home["chunk_count"]) == (True, 1, 1)
        found = client.post(f"{BASES}/{home['id']}/search", {"query": "RC-2045-X"}).data["items"]
        assert [item["document_id"] for item in found] == [document.id]
    assert run_worker(*promised("document_deleted")) == []
    assert len(object_keys()) == 2
    assert find_documents(caller.user_id).total == 1
    assert client.delete(f"{BASES}/{kb_id}").status == 404
    assert client.delete(f"{BASES}/{new_base(client)}", documents="burn").status == 400


def test_the_same_idempotency_key_makes_one_knowledge_base(client):
    first, again = (
        client.post(BASES, {"name": "A"}, idempotency_key="once").data["id"] for _ in range(2)
    )
    assert first == again
    assert client.get(BASES).data["total"] == 2


def test_aws_calls_are_few(client, caller, monkeypatch):
    kb_id = new_base(client)
    processed(Client(documents, caller.user), caller.user_id, ENGLISH, knowledge_base_id=kb_id)
    client.get(BASES)
    search = {"query": "RC-2045-X"}
    for method, path, body, most in (
        ("GET", f"{BASES}/{kb_id}", None, {"GetItem": 1}),
        ("GET", BASES, None, {"Query": 1}),
        ("POST", BASES, {"name": "B"}, {"TransactWriteItems": 1}),
        ("POST", f"{BASES}/{kb_id}/search", search, {"BatchGetItem": 1, "GetObject": 1}),
        ("POST", f"{BASES}/{kb_id}/search", search, {"BatchGetItem": 1}),
    ):
        with counted_calls(monkeypatch) as calls:
            assert client.call(method, path, body=body).status in (200, 201)
        calls.pop("UpdateItem", None)  # the rate limiter's, now and then
        assert calls == most, path


def test_a_segment_that_was_deleted_meanwhile_is_left_out(client, caller):
    from shared.documents.settings import files

    kb_id = new_base(client)
    upload = Client(documents, caller.user)
    processed(upload, caller.user_id, CHINESE, knowledge_base_id=kb_id)
    gone = processed(upload, caller.user_id, ENGLISH, knowledge_base_id=kb_id)
    files().delete([gone.segment])
    found = client.post(f"{BASES}/{kb_id}/search", {"query": "RC-2045-X 退款"}).data["items"]
    assert len(found) == 1


def test_an_unknown_knowledge_base_is_not_found(client):
    for kb_id in (ids.new_id("kb"), "kb_no", "~"):
        assert client.get(f"{BASES}/{kb_id}").status == 404
        assert client.put(f"{BASES}/{kb_id}", {"name": "x"}).status == 404
        assert client.delete(f"{BASES}/{kb_id}").status == 404
        assert client.post(f"{BASES}/{kb_id}/search", {"query": "x"}).status == 404
