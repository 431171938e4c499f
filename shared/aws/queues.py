"""SQS: send a JSON body with the request id as an attribute."""

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
