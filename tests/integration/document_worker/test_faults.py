"""The worker killed, raced and repeated at every AWS call: no document stuck, no chunk doubled."""

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.documents.handler import handler
from shared.core import clock
from shared.data.documents import Document, find_document
from shared.data.knowledge_bases import find_knowledge_base, find_manifests
from shared.documents.changes import fail_document, remove_document
from shared.documents.texts import read_chunks
from tests.support.at_once import at_once
from tests.support.documents import (
    CHINESE,
    object_keys,
    post_file,
    promised,
    run_worker,
    s3_event,
)
from tests.support.faults import Killed, around_call, kill
from tests.support.http import Client

# What a worker does to be repeated when it is killed.
HOLDING = ("GetQueueUrl", "ChangeMessageVisibility")
WORK = ("GetItem", "GetObject", "PutObject", "TransactWriteItems")
# Done when the work is: it costs nothing but the count when it fails.
COUNTING = ("UpdateItem",)
DONE = len(HOLDING) + len(WORK)
CALLS = DONE + len(COUNTING)


@pytest.fixture
def uploaded(caller) -> Document:
    answer = post_file(Client(handler, caller.user), CHINESE)
    document = find_document(caller.user_id, answer.data["id"])
    assert document is not None
    return document


def assert_completed_once(document: Document) -> None:
    found = find_document(document.owner_id, document.id)
    assert found is not None
    assert found.status == "completed"
    assert [chunk.text for chunk in read_chunks(found, 0, 100)] == [CHINESE.decode()]
    kb = find_knowledge_base(found.owner_id, found.knowledge_base_id)
    assert kb is not None
    assert (kb.document_count, kb.chunk_count, kb.size) == (1, 1, len(CHINESE))
    (manifest,) = find_manifests([kb.id])
    assert manifest.segments == {found.id: found.segment}
    assert object_keys("segments/") == [found.segment]


def assert_nothing_left(document: Document) -> None:
    run_worker(*promised("document_deleted"))
    assert find_document(document.owner_id, document.id) is None
    kb = find_knowledge_base(document.owner_id, document.knowledge_base_id)
    assert kb is not None
    assert (kb.document_count, kb.chunk_count, kb.size) == (0, 0, 0)
    assert find_manifests([kb.id])[0].segments == {}
    assert object_keys() == []


def test_an_undisturbed_run_has_these_calls(uploaded, monkeypatch):
    with around_call(monkeypatch, -1) as made:
        assert run_worker(s3_event(uploaded.owner_id, uploaded.id)) == []
    assert made == [*HOLDING, *WORK, *COUNTING]
    assert_completed_once(uploaded)


@pytest.mark.parametrize("number", range(CALLS))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_around_a_call_the_next_delivery_completes_it(uploaded, monkeypatch, number, moment):
    event = s3_event(uploaded.owner_id, uploaded.id)
    with around_call(monkeypatch, number, **{moment: kill}), pytest.raises(Killed):
        run_worker(event)
    assert run_worker(event, attempt=2) == []
    assert_completed_once(uploaded)


@pytest.mark.parametrize("number", range(len(HOLDING)))
def test_a_message_that_cannot_be_held_is_worked_on_all_the_same(uploaded, monkeypatch, number):
    def fail() -> None:
        raise EndpointConnectionError(endpoint_url="sqs")

    with around_call(monkeypatch, number, before=fail):
        assert run_worker(s3_event(uploaded.owner_id, uploaded.id)) == []
    assert_completed_once(uploaded)


@pytest.mark.parametrize("number", range(len(HOLDING), DONE))
def test_a_failing_call_reports_the_message_and_the_next_delivery_completes_it(
    uploaded, monkeypatch, number
):
    def fail() -> None:
        raise ConnectionError("no network")

    event = s3_event(uploaded.owner_id, uploaded.id)
    with around_call(monkeypatch, number, before=fail):
        assert run_worker(event) == ["m0"]
    assert run_worker(event, attempt=2) == []
    assert_completed_once(uploaded)


@pytest.mark.parametrize("number", range(CALLS))
def test_deleted_around_a_call_nothing_is_left(uploaded, monkeypatch, number):
    def delete() -> None:
        remove_document(uploaded.owner_id, uploaded.id)

    with around_call(monkeypatch, number, before=delete):
        run_worker(s3_event(uploaded.owner_id, uploaded.id))
    assert_nothing_left(uploaded)


@pytest.mark.parametrize("number", range(len(HOLDING) + 1, CALLS))
def test_deleted_with_its_objects_around_a_call_nothing_is_left(uploaded, monkeypatch, number):
    def delete() -> None:
        remove_document(uploaded.owner_id, uploaded.id)
        assert run_worker(*promised("document_deleted")) == []

    with around_call(monkeypatch, number, before=delete):
        run_worker(s3_event(uploaded.owner_id, uploaded.id))
    run_worker(s3_event(uploaded.owner_id, uploaded.id), attempt=2)
    assert_nothing_left(uploaded)


def test_ended_by_housekeeping_first_it_stays_failed_without_a_segment(uploaded, monkeypatch):
    def end() -> None:
        fail_document(uploaded, "TIMEOUT")

    with around_call(monkeypatch, DONE - 1, before=end):
        assert run_worker(s3_event(uploaded.owner_id, uploaded.id)) == []
    found = find_document(uploaded.owner_id, uploaded.id)
    assert (found.status, found.error_code, found.chunk_count) == ("failed", "TIMEOUT", 0)
    assert object_keys("segments/") == []


def test_the_same_event_twice_in_a_row_and_in_one_batch(uploaded):
    event = s3_event(uploaded.owner_id, uploaded.id)
    assert run_worker(event, event) == []
    assert run_worker(event) == []
    assert_completed_once(uploaded)


def test_the_same_event_in_two_workers_at_once(uploaded):
    event = s3_event(uploaded.owner_id, uploaded.id)
    assert at_once([lambda: run_worker(event) for _ in range(3)]) == [[], [], []]
    assert_completed_once(uploaded)


def test_many_documents_of_one_knowledge_base_at_once_are_all_counted(caller):
    client = Client(handler, caller.user)
    found = [post_file(client, CHINESE, f"{n}.txt").data for n in range(6)]
    events = [s3_event(caller.user_id, data["id"]) for data in found]
    at_once([lambda event=event: run_worker(event) for event in events])
    kb = find_knowledge_base(caller.user_id, found[0]["knowledge_base_id"])
    assert (kb.document_count, kb.chunk_count) == (6, 6)
    assert set(find_manifests([kb.id])[0].segments) == {data["id"] for data in found}


def test_an_unexpected_fault_ends_the_document_with_the_last_delivery(uploaded, monkeypatch):
    def explode(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("shared.documents.processing.extract_isolated", explode)
    event = s3_event(uploaded.owner_id, uploaded.id)
    assert run_worker(event, attempt=1) == ["m0"]
    assert find_document(uploaded.owner_id, uploaded.id).status == "processing"
    assert run_worker(event, attempt=3) == []
    found = find_document(uploaded.owner_id, uploaded.id)
    assert (found.status, found.error_code) == ("failed", "INTERNAL")
    assert found.completed_at <= clock.iso_ms(clock.now())


def test_too_little_time_left_leaves_the_message_for_later(uploaded):
    event = s3_event(uploaded.owner_id, uploaded.id)
    assert run_worker(event, milliseconds=20_000) == ["m0"]
    assert find_document(uploaded.owner_id, uploaded.id).status == "processing"
