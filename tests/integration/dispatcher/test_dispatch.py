"""Promises of committed transactions reach their destination through the streams."""

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.dispatcher.handler import handler
from shared.core import context
from shared.data.outbox import find_promise, outbox_model, promise
from shared.data.transaction import Transaction
from tests.support.streams import stream_event

DEFINITION = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


@pytest.fixture(autouse=True)
def state_machine(aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    workflows = boto3.client("stepfunctions")
    arn: str = workflows.create_state_machine(
        name="account-deletion",
        definition=json.dumps(DEFINITION),
        roleArn="arn:aws:iam::123456789012:role/test",
    )["stateMachineArn"]
    monkeypatch.setenv("ACCOUNT_DELETION_STATE_MACHINE_ARN", arn)
    monkeypatch.setenv("TASK_STATE_MACHINE_ARN", arn)
    monkeypatch.setenv("WEBHOOK_STATE_MACHINE_ARN", arn)
    monkeypatch.setenv("LEARNING_JOB_STATE_MACHINE_ARN", arn)
    return arn


@pytest.fixture(autouse=True)
def request_context() -> Iterator[None]:
    token = context.enter(context.RequestContext("req-42"))
    yield
    context.leave(token)


def promised(destination: Any, body: dict[str, Any], table: str = "DOCUMENTS_TABLE") -> str:
    transaction = Transaction()
    promise_id = promise(transaction, table, destination, body)
    transaction.commit()
    return promise_id


def queued() -> list[dict[str, Any]]:
    queues = boto3.client("sqs")
    url = os.environ["DOCUMENTS_QUEUE_URL"]
    answer = queues.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=0
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def test_a_promised_message_is_sent_with_its_request_id_and_forgotten() -> None:
    promise_id = promised("queue:documents", {"document_id": "doc_1", "名称": "说明"})

    assert handler(stream_event("DOCUMENTS_TABLE"), None) == {"batchItemFailures": []}

    (message,) = queued()
    assert json.loads(message["Body"]) == {"document_id": "doc_1", "名称": "说明"}
    assert message["MessageAttributes"]["request_id"]["StringValue"] == "req-42"
    assert find_promise("DOCUMENTS_TABLE", promise_id) is None


def test_a_record_that_comes_again_sends_nothing_more() -> None:
    promised("queue:documents", {"document_id": "doc_1"})
    event = stream_event("DOCUMENTS_TABLE")

    handler(event, None)
    handler(event, None)

    assert len(queued()) == 1


def test_a_promised_workflow_is_started_once_under_the_promise_id(state_machine: str) -> None:
    promise_id = promised("workflow:account_deletion", {"user_id": "user_1"}, "IDENTITY_TABLE")

    handler(stream_event("IDENTITY_TABLE"), None)

    workflows = boto3.client("stepfunctions")
    (execution,) = workflows.list_executions(stateMachineArn=state_machine)["executions"]
    assert execution["name"] == promise_id
    begun = workflows.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(begun["input"]) == {"user_id": "user_1", "request_id": "req-42"}


def test_a_workflow_that_was_started_before_the_crash_is_left_alone(state_machine: str) -> None:
    promise_id = promised("workflow:account_deletion", {"user_id": "user_1"}, "IDENTITY_TABLE")
    boto3.client("stepfunctions").start_execution(
        stateMachineArn=state_machine, name=promise_id, input="{}"
    )

    assert handler(stream_event("IDENTITY_TABLE"), None) == {"batchItemFailures": []}

    assert find_promise("IDENTITY_TABLE", promise_id) is None


def test_an_unknown_destination_fails_alone_and_stays(caplog: pytest.LogCaptureFixture) -> None:
    lost = promised("queue:nowhere", {})
    good = promised("queue:documents", {})
    event = stream_event("DOCUMENTS_TABLE")

    with caplog.at_level(logging.ERROR):
        answer = handler(event, None)

    first = event["Records"][0]["dynamodb"]["SequenceNumber"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": first}]}
    assert find_promise("DOCUMENTS_TABLE", lost) is not None
    assert find_promise("DOCUMENTS_TABLE", good) is None


def test_a_message_that_cannot_be_sent_is_reported_and_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    promise_id = promised("queue:documents", {})
    url = os.environ["DOCUMENTS_QUEUE_URL"]
    boto3.client("sqs").delete_queue(QueueUrl=url)

    answer = handler(stream_event("DOCUMENTS_TABLE"), None)

    assert len(answer["batchItemFailures"]) == 1
    assert find_promise("DOCUMENTS_TABLE", promise_id) is not None


def test_records_of_other_items_and_deletions_are_passed_over() -> None:
    promise_id = promised("queue:documents", {})
    model = outbox_model("DOCUMENTS_TABLE")
    model(f"OUTBOX#{promise_id}", "OUTBOX").delete()

    assert handler(stream_event("DOCUMENTS_TABLE"), None) == {"batchItemFailures": []}
    assert queued() == []


def test_a_stream_of_no_table_of_ours_is_a_failure() -> None:
    event = json.loads(Path("events/dynamodb_stream/dispatcher.outbox_insert.json").read_text())

    number = event["Records"][0]["dynamodb"]["SequenceNumber"]
    assert handler(event, None) == {"batchItemFailures": [{"itemIdentifier": number}]}
