"""SQS: send a JSON body with the request id as an attribute."""

from functools import cache

from shared.aws.clients import client
from shared.core import context


def send_message(queue_url: str, body: str, *, request_id: str = "", delay_s: int = 0) -> None:
    """Put one message on a standard queue.

    Args:
        queue_url: the queue.
        body: JSON text, at most 1 MiB.
        request_id: of the request that caused it; the current one when empty.
        delay_s: 0–900 seconds before it is seen.
    """
    origin = request_id or context.current().request_id
    client("sqs").send_message(
        QueueUrl=queue_url,
        MessageBody=body,
        DelaySeconds=delay_s,
        MessageAttributes={"request_id": {"DataType": "String", "StringValue": origin}},
    )


def show_again(queue_arn: str, receipt_handle: str, after_s: int) -> None:
    """Let a received message be delivered again after `after_s` seconds (at most 43,200)."""
    client("sqs").change_message_visibility(
        QueueUrl=_queue_url(queue_arn), ReceiptHandle=receipt_handle, VisibilityTimeout=after_s
    )


@cache
def _queue_url(queue_arn: str) -> str:
    account, name = queue_arn.split(":")[-2:]
    found = client("sqs").get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)
    url: str = found["QueueUrl"]
    return url


def forget_queue_urls() -> None:
    """Drop the addresses that memory has (tests count calls from a cold start)."""
    _queue_url.cache_clear()
