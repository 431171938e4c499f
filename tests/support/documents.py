"""Uploads as clients send them, and the worker's events as S3 and SQS send them."""

import json
import uuid
from typing import Any
from urllib.parse import quote_plus

import boto3

from functions.document_worker.handler import handler as worker
from functions.documents.handler import handler as documents
from shared.data.documents import Document, find_document
from shared.documents.keys import upload_key
from tests.support.aws import BUCKET, REGION
from tests.support.http import Answer, Client

ENGLISH = (
    b"Returns. Goods may be returned within seven days of receipt, free of charge. "
    b"The RC-2045-X costs 129.50 EUR and weighs two kilos."
)
CHINESE = "退款政策：客户在收到商品七日内可以申请无理由退货，运费由商家承担。".encode()


class Runtime:
    """Lambda's context with this much time left."""

    def __init__(self, milliseconds: int = 300_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


def post_file(
    client: Client,
    content: bytes,
    file_name: str = "a.txt",
    *,
    headers: dict[str, str] | None = None,
    **fields: str,
) -> Answer:
    """POST /api/v1/documents as a browser's form does."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    escaped = file_name.replace('"', "%22").replace("\n", "%0A")
    disposition = f'Content-Disposition: form-data; name="file"; filename="{escaped}"'
    parts.append(
        f"--{boundary}\r\n{disposition}\r\nContent-Type: text/plain\r\n\r\n".encode()
        + content
        + b"\r\n"
    )
    return client.call(
        "POST",
        "/api/v1/documents",
        raw=b"".join([*parts, f"--{boundary}--\r\n".encode()]),
        headers={"content-type": f"multipart/form-data; boundary={boundary}", **(headers or {})},
    )


def s3_event(owner_id: str, document_id: str) -> dict[str, Any]:
    """What S3 puts on the queue when an upload arrives."""
    key = quote_plus(upload_key(owner_id, document_id), safe="/")
    s3 = {"bucket": {"name": BUCKET}, "object": {"key": key, "size": 1, "eTag": "e"}}
    return {"Records": [{"eventName": "ObjectCreated:Put", "s3": s3}]}


def sqs_event(*bodies: Any, attempt: int = 1) -> dict[str, Any]:
    """A batch of messages as Lambda gets it from the queue."""
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": f"r{number}",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:rolecraft-test-documents",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": str(attempt)},
                "messageAttributes": {},
            }
            for number, body in enumerate(bodies)
        ]
    }


def run_worker(*bodies: Any, attempt: int = 1, milliseconds: int = 300_000) -> list[str]:
    """Deliver messages to the worker; the ids of those that failed (`m0`, `m1`, …)."""
    answer = worker(sqs_event(*bodies, attempt=attempt), Runtime(milliseconds))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def processed(
    client: Client, owner_id: str, content: bytes, file_name: str = "a.txt", **fields: str
) -> Document:
    """A document uploaded and worked on."""
    answer = post_file(client, content, file_name, **fields)
    assert answer.status == 201, answer.text
    assert run_worker(s3_event(owner_id, answer.data["id"])) == []
    document = find_document(owner_id, answer.data["id"])
    assert document is not None
    return document


def stored_document(client_credential: str, owner_id: str, content: bytes = ENGLISH) -> Document:
    """A completed document of that user."""
    return processed(Client(documents, client_credential), owner_id, content)


def object_keys(prefix: str = "") -> list[str]:
    """The keys in the bucket."""
    found = boto3.client("s3", REGION).list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return [item["Key"] for item in found.get("Contents", [])]


def promised(kind: str) -> list[dict[str, Any]]:
    """The bodies of outbox messages of that kind in the documents table."""
    found = boto3.client("dynamodb", REGION).query(
        TableName="rolecraft-test-documents",
        IndexName="gsi1",
        KeyConditionExpression="gsi1pk = :p",
        ExpressionAttributeValues={":p": {"S": "OUTBOX"}},
    )
    bodies = [json.loads(item["body"]["S"]) for item in found["Items"]]
    return [body for body in bodies if body["kind"] == kind]
