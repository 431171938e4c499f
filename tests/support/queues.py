"""Work queues with their dead letters, deliveries as Lambda makes them, and what moto lacks."""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3
import pytest
from moto.core.responses import ActionResult
from moto.sqs.exceptions import SQSException
from moto.sqs.responses import SQSResponse

from functions.document_worker.handler import handler as worker
from tests.support.aws import REGION
from tests.support.documents import Runtime

RECEIVES = 3


@dataclass(frozen=True)
class Queues:
    """The URLs of what a deployment has."""

    documents: str
    documents_dead: str
    dispatcher_dead: str

    def send(self, *bodies: Any, to: str = "", **attributes: str) -> None:
        """Put messages on a queue, the documents queue by default."""
        for body in bodies:
            _sqs().send_message(
                QueueUrl=to or self.documents,
                MessageBody=body if isinstance(body, str) else json.dumps(body),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in attributes.items()
                },
            )

    def deliver(self) -> list[str]:
        """One batch to the documents worker, as an event source mapping does; who failed."""
        received = _receive(self.documents)
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "eventSourceARN": _arn(self.documents),
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
            }
            for message in received
        ]
        answer = worker({"Records": records}, Runtime())
        failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        for record in records:
            after = {"QueueUrl": self.documents, "ReceiptHandle": record["receiptHandle"]}
            if record["messageId"] in failed:
                _sqs().change_message_visibility(**after, VisibilityTimeout=0)
            else:
                _sqs().delete_message(**after)
        return sorted(failed)

    def waiting(self, url: str) -> list[str]:
        """The bodies of what waits in a queue; they stay."""
        received = _receive(url)
        for message in received:
            _sqs().change_message_visibility(
                QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
        return sorted(message["Body"] for message in received)


def create_queues(patch: pytest.MonkeyPatch) -> Queues:
    """Dead-letter queues beside the documents queue of `running_aws`, as the template has them."""
    patch.setattr(SQSResponse, "start_message_move_task", _move_task, raising=False)
    patch.setattr(SQSResponse, "list_message_move_tasks", _no_task, raising=False)
    documents = os.environ["DOCUMENTS_QUEUE_URL"]
    dead = _sqs().create_queue(QueueName="rolecraft-test-documents-dead")["QueueUrl"]
    policy = {"deadLetterTargetArn": _arn(dead), "maxReceiveCount": RECEIVES}
    _sqs().set_queue_attributes(
        QueueUrl=documents, Attributes={"RedrivePolicy": json.dumps(policy)}
    )
    dispatcher = _sqs().create_queue(QueueName="rolecraft-test-dispatcher-dead")["QueueUrl"]
    listed = [
        {"name": "documents", "url": documents, "dead_letters_url": dead},
        {"name": "dispatcher", "dead_letters_url": dispatcher},
    ]
    patch.setenv("QUEUES", json.dumps(listed))
    return Queues(documents, dead, dispatcher)


def measure_age(url: str, seconds: int, at: datetime) -> None:
    """What SQS tells CloudWatch each minute of its own accord."""
    boto3.client("cloudwatch", REGION).put_metric_data(
        Namespace="AWS/SQS",
        MetricData=[
            {
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": [{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
                "Timestamp": at,
                "Value": seconds,
                "Unit": "Seconds",
            }
        ],
    )


def _move_task(self: SQSResponse) -> ActionResult:
    """StartMessageMoveTask, which moto does not carry: all messages to the queue that is named."""
    source, target = (
        self.sqs_backend.get_queue(self._get_param(name).rpartition(":")[2])
        for name in ("SourceArn", "DestinationArn")
    )
    while source._messages:
        message = source._messages.pop(0)
        message.approximate_receive_count = 0
        target.add_message(message)
    return ActionResult({"TaskHandle": "handle"})


def _no_task(_: SQSResponse) -> ActionResult:
    return ActionResult({"Results": []})


def redrive_running(patch: pytest.MonkeyPatch) -> None:
    """SQS refuses a move as it does while one is at work."""

    def refuse(_: SQSResponse) -> ActionResult:
        raise SQSException("InvalidParameterValue", "There is already a task running.")

    def running(_: SQSResponse) -> ActionResult:
        return ActionResult({"Results": [{"Status": "RUNNING"}]})

    patch.setattr(SQSResponse, "start_message_move_task", refuse)
    patch.setattr(SQSResponse, "list_message_move_tasks", running)


def _receive(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        _sqs()
        .receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])
        .get("Messages", [])
    )
    return found


def _arn(url: str) -> str:
    found = _sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])


def _sqs() -> Any:
    return boto3.client("sqs", REGION)
