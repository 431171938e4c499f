"""SQS and its metrics for operators: how a queue stands, a look at its messages, purge, redrive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.aws.clients import client
from shared.core import clock

PURGE_SECONDS = 60
"""SQS purges a queue at most once in that time."""

_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)
_MOVING = ("RUNNING", "CANCELLING")
# A look that breaks off shows the messages again after this.
_HIDDEN_SECONDS = 60
_MOST_AT_ONCE = 10
# SQS writes the metric each minute, and CloudWatch shows it some minutes later.
_AGE_WITHIN = timedelta(minutes=10)


class PurgeRunning(Exception):
    """The queue was purged less than `PURGE_SECONDS` ago."""


class RedriveRunning(Exception):
    """The messages of this dead-letter queue are being moved already."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages wait, delayed ones too, and how many are being worked on or held back."""

    waiting: int
    hidden: int


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """A message that was looked at and stays where it is; `sent_ms` since the epoch."""

    id: str
    body: str
    receives: int
    sent_ms: int
    attributes: Mapping[str, str]


def queue_depth(url: str) -> Depth:
    """What SQS counts; it follows what happens within a minute."""
    found = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(_COUNTS))
    waiting, delayed, hidden = (int(found["Attributes"].get(name, 0)) for name in _COUNTS)
    return Depth(waiting + delayed, hidden)


def oldest_ages(urls: Sequence[str]) -> dict[str, int]:
    """Seconds that each queue's oldest message has waited, by URL: one call of CloudWatch.

    A queue is missing where CloudWatch knows nothing of the last ten minutes.
    """
    now = clock.now()
    answer = client("cloudwatch").get_metric_data(
        MetricDataQueries=[_age_query(f"q{at}", url) for at, url in enumerate(urls)],
        StartTime=now - _AGE_WITHIN,
        EndTime=now + timedelta(minutes=1),  # the one that has begun counts
    )
    # The newest by its time: the emulator gives the oldest first, whatever it is asked for.
    newest = {
        result["Id"]: max(zip(result["Timestamps"], result["Values"], strict=True))[1]
        for result in answer["MetricDataResults"]
        if result["Values"]
    }
    named = {url: newest.get(f"q{at}") for at, url in enumerate(urls)}
    return {url: int(seconds) for url, seconds in named.items() if seconds is not None}


def _age_query(query_id: str, url: str) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
    }
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}


def peek(url: str, most: int) -> list[SeenMessage]:
    """Up to `most` messages, which stay in the queue; their receive counts rise by one.

    So it is for dead-letter queues, where nothing depends on that count. The messages are hidden
    while it looks, and shown again at the end.
    """
    expected = min(queue_depth(url).waiting, most)
    seen: dict[str, SeenMessage] = {}
    handles: list[str] = []
    try:
        while len(seen) < max(expected, 1):
            received = _receive(url, min(_MOST_AT_ONCE, max(expected, 1) - len(seen)))
            if not received:
                break
            handles += [message["ReceiptHandle"] for message in received]
            seen.update((message["MessageId"], _to_seen(message)) for message in received)
    finally:
        _show(url, handles)
    return list(seen.values())


def _receive(url: str, most: int) -> list[dict[str, Any]]:
    # A wait asks all of SQS's servers; without it an empty answer may not mean an empty queue.
    answer = client("sqs").receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=most,
        VisibilityTimeout=_HIDDEN_SECONDS,
        WaitTimeSeconds=1,
        MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
        MessageAttributeNames=["All"],
    )
    found: list[dict[str, Any]] = answer.get("Messages", [])
    return found


def _show(url: str, handles: Sequence[str]) -> None:
    for start in range(0, len(handles), _MOST_AT_ONCE):
        entries = [
            {"Id": str(at), "ReceiptHandle": handle, "VisibilityTimeout": 0}
            for at, handle in enumerate(handles[start : start + _MOST_AT_ONCE])
        ]
        client("sqs").change_message_visibility_batch(QueueUrl=url, Entries=entries)


def _to_seen(message: Mapping[str, Any]) -> SeenMessage:
    system = message["Attributes"]
    own = message.get("MessageAttributes", {})
    return SeenMessage(
        id=message["MessageId"],
        body=message["Body"],
        receives=int(system["ApproximateReceiveCount"]),
        sent_ms=int(system["SentTimestamp"]),
        attributes={
            name: each["StringValue"] for name, each in own.items() if "StringValue" in each
        },
    )


def purge_queue(url: str) -> None:
    """Delete every message; on AWS it takes up to a minute.

    Raises:
        PurgeRunning: it was purged a moment ago; what came since then may still be there.
    """
    sqs = client("sqs")
    try:
        sqs.purge_queue(QueueUrl=url)
    except sqs.exceptions.PurgeQueueInProgress as error:
        raise PurgeRunning from error


def start_redrive(dead_letters_url: str, url: str) -> None:
    """Let SQS move all messages of a dead-letter queue to the queue it belongs to.

    They count as new: none is lost, and each may again be received as often as any other. The
    queue is named since SQS knows no source of a message that somebody put there by hand.

    Raises:
        RedriveRunning: an earlier one has not ended.
    """
    sqs, arn = client("sqs"), _arn(dead_letters_url)
    try:
        sqs.start_message_move_task(SourceArn=arn, DestinationArn=_arn(url))
    except sqs.exceptions.ClientError as error:
        # SQS documents no error of its own for this.
        newest = sqs.list_message_move_tasks(SourceArn=arn, MaxResults=1)["Results"]
        if any(task["Status"] in _MOVING for task in newest):
            raise RedriveRunning from error
        raise


def _arn(url: str) -> str:
    found = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn: str = found["Attributes"]["QueueArn"]
    return arn
