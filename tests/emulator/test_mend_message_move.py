"""Redriving a dead-letter queue."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.emulator.support import RunningEmulator
from tests.support.waiting import until


def test_dead_letters_return_to_their_queue(emulator: RunningEmulator) -> None:
    sqs = emulator.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    dead_arn = _arn(sqs, dead)
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1})
    live = sqs.create_queue(
        QueueName="live", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"}
    )["QueueUrl"]
    sqs.send_message(QueueUrl=live, MessageBody="first")
    sqs.receive_message(QueueUrl=live)
    until(lambda: not sqs.receive_message(QueueUrl=live).get("Messages"))

    sqs.start_message_move_task(SourceArn=dead_arn)

    (message,) = sqs.receive_message(QueueUrl=live, AttributeNames=["All"])["Messages"]
    assert message["Body"] == "first"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert not sqs.receive_message(QueueUrl=dead).get("Messages")
    (task,) = sqs.list_message_move_tasks(SourceArn=dead_arn)["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)


def test_unknown_source_is_refused(emulator: RunningEmulator) -> None:
    with pytest.raises(ClientError, match="does not exist"):
        emulator.client("sqs").start_message_move_task(
            SourceArn="arn:aws:sqs:us-east-1:000000000000:nothing"
        )


def _arn(sqs: object, url: str) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])  # type: ignore[attr-defined]
    return str(answer["Attributes"]["QueueArn"])
