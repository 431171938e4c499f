"""How the queues stand, after real deliveries to the documents worker."""

from datetime import timedelta

import boto3

from functions.document_worker import service
from functions.documents.handler import handler as documents
from shared.core import clock
from tests.integration.queues.test_callers import QUEUES
from tests.support.aws import counted_calls
from tests.support.documents import ENGLISH, post_file, s3_event
from tests.support.http import Client
from tests.support.queues import RECEIVES, measure_age

COUNTS = ("pending", "active", "retry", "archived", "completed", "processed", "failed")
GARBAGE = {"kind": "nothing anybody knows"}


def counts(admin: Client, name: str = "documents") -> dict[str, int]:
    (found,) = [each for each in admin.get(QUEUES).data["items"] if each["name"] == name]
    return {key: found[key] for key in COUNTS if found[key]}


def upload(caller) -> dict:
    answer = post_file(Client(documents, caller.user), ENGLISH)
    return s3_event(caller.user_id, answer.data["id"])


def test_every_queue_is_listed_with_all_fields(admin):
    page = admin.get(QUEUES).data
    jobs = ["ai_processing", "learning_processing", "default"]
    assert [each["name"] for each in page["items"]] == ["documents", "dispatcher", *jobs]
    assert (page["total"], page["page"], page["total_pages"]) == (5, 1, 1)
    today = clock.now().date()
    for each in page["items"]:
        assert {key: each[key] for key in COUNTS} == dict.fromkeys(COUNTS, 0)
        for by_date in (each["processed_by_date"], each["failed_by_date"]):
            assert [day["count"] for day in by_date] == [0] * 30
            assert by_date[0]["date"] == (today - timedelta(days=29)).isoformat()
            assert by_date[-1]["date"] == today.isoformat()
        assert each["oldest_age_s"] == 0
    assert [each["redrivable"] for each in page["items"]] == [True, *[False] * 4]


def test_a_message_goes_from_pending_over_active_to_completed(admin, queues, caller):
    queues.send(upload(caller))
    assert counts(admin) == {"pending": 1}

    boto3.client("sqs").receive_message(QueueUrl=queues.documents, VisibilityTimeout=0)
    received = boto3.client("sqs").receive_message(QueueUrl=queues.documents)["Messages"][0]
    assert counts(admin) == {"active": 1}

    handle = {"QueueUrl": queues.documents, "ReceiptHandle": received["ReceiptHandle"]}
    boto3.client("sqs").change_message_visibility(**handle, VisibilityTimeout=0)
    assert queues.deliver() == []
    assert counts(admin) == {"completed": 1, "processed": 1}


def test_a_delayed_message_is_pending(admin, queues):
    boto3.client("sqs").send_message(QueueUrl=queues.documents, MessageBody="{}", DelaySeconds=900)
    assert counts(admin) == {"pending": 1}


def test_a_message_that_fails_is_retried_and_then_archived(admin, queues):
    queues.send(GARBAGE)
    for attempt in range(1, RECEIVES):
        assert len(queues.deliver()) == 1
        assert counts(admin) == {
            "pending": 1, "retry": 1, "processed": attempt, "failed": attempt,
        }  # fmt: skip
    queues.deliver()
    queues.deliver()  # SQS moves it when it is asked for it once more
    assert counts(admin) == {"archived": 1, "processed": RECEIVES, "failed": RECEIVES}


def test_one_that_succeeds_in_the_end_is_no_retry_any_more(admin, queues, caller, monkeypatch):
    queues.send(upload(caller))
    with monkeypatch.context() as broken:
        broken.setattr(service, "process_upload", failing)
        assert len(queues.deliver()) == 1
    assert counts(admin) == {"pending": 1, "retry": 1, "processed": 1, "failed": 1}
    assert queues.deliver() == []
    assert counts(admin) == {"completed": 1, "processed": 2, "failed": 1}


def test_one_that_is_given_up_failed_and_is_no_dead_letter(admin, queues, caller, monkeypatch):
    queues.send(upload(caller))
    monkeypatch.setattr(service, "process_upload", failing)
    for _ in range(RECEIVES):
        queues.deliver()
    assert counts(admin) == {"processed": RECEIVES, "failed": RECEIVES}


def failing(*_: object, **__: object) -> None:
    raise ConnectionError


def test_days_are_told_apart_and_old_ones_left_out(admin, queues):
    for days_ago, messages in ((30, 1), (29, 2), (1, 3), (0, 4)):
        then = (clock.now() - timedelta(days=days_ago)).timestamp()
        with clock.travelling(lambda then=then: then):
            queues.send(*[{"Event": "s3:TestEvent"}] * messages)
            queues.deliver()
    found = admin.get(QUEUES).data["items"][0]
    by_date = [day["count"] for day in found["processed_by_date"]]
    assert (by_date[0], by_date[-2], by_date[-1], sum(by_date)) == (2, 3, 4, 9)
    assert (found["processed"], found["completed"], found["failed"]) == (9, 9, 0)


def test_the_age_of_the_oldest_is_what_sqs_measured_last(admin, queues):
    queues.send(GARBAGE)
    assert admin.get(QUEUES).data["items"][0]["oldest_age_s"] is None  # not measured yet

    now = clock.now()
    measure_age(queues.documents, 30, now - timedelta(minutes=3))
    measure_age(queues.documents, 95, now - timedelta(minutes=1))
    assert admin.get(QUEUES).data["items"][0]["oldest_age_s"] == 95


def test_an_empty_queue_has_no_old_message(admin, queues):
    measure_age(queues.documents, 95, clock.now() - timedelta(minutes=1))
    assert admin.get(QUEUES).data["items"][0]["oldest_age_s"] == 0


def test_a_batch_is_counted_with_one_write(queues, monkeypatch):
    queues.send(*[{"Event": "s3:TestEvent"}] * 5)
    with counted_calls(monkeypatch) as calls:
        queues.deliver()
    assert calls["UpdateItem"] == 1


def test_a_count_that_cannot_be_written_costs_no_work(queues, monkeypatch):
    queues.send({"Event": "s3:TestEvent"})
    monkeypatch.setenv("LIMITS_TABLE", "gone")
    assert queues.deliver() == []
    assert queues.waiting(queues.documents) == []
