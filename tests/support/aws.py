"""An AWS for integration tests: moto with the project's tables, bucket, queue and secrets."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import boto3
import botocore.endpoint
import pytest
from moto import mock_aws
from moto.dynamodb.responses import DynamoHandler

from shared.auth import credentials
from shared.aws.queues import forget_queue_urls
from shared.aws.secrets import forget_secrets
from shared.core.settings import forget_settings
from shared.flow.figures import figures
from shared.flow.limits import forget_limits
from shared.http.rate_limit import caller_limiter

REGION = "us-east-1"
CONTEXTS = (
    "identity", "roles", "chat", "documents", "ledger", "limits", "tasks", "payments", "flow",
    "workspaces", "learning",
)  # fmt: skip
BUCKET = "rolecraft-test-files"
FLOW_ADMIN_TOKEN = "a" * 64
FLOW_KEYS = {"current": "k1", "k1": FLOW_ADMIN_TOKEN + "throwaway-key-of-the-tests" * 3}
SCHEDULE_GROUP = "rolecraft-test-workspaces"
EVENT_BUS = "rolecraft-test-events"
SIGNING_KEYS = {"current": "k1", "k1": "throwaway-signing-key-of-the-tests-0001"}


@cache
def _client(service: str) -> Any:
    return boto3.client(service, REGION)


def create_everything(patch: pytest.MonkeyPatch) -> None:
    """Tables, bucket, queue and secrets, and the environment that names them."""
    for context in CONTEXTS:
        _create_table(f"rolecraft-test-{context}")
        patch.setenv(f"{context.upper()}_TABLE", f"rolecraft-test-{context}")
    _client("s3").create_bucket(Bucket=BUCKET)
    patch.setenv("FILES_BUCKET", BUCKET)
    queue = _client("sqs").create_queue(QueueName="rolecraft-test-documents")
    patch.setenv("DOCUMENTS_QUEUE_URL", queue["QueueUrl"])
    _create_schedules(patch)
    _client("events").create_event_bus(Name=EVENT_BUS)
    patch.setenv("EVENT_BUS_NAME", EVENT_BUS)
    patch.setenv("AUTH_SECRET_ARN", _create_secret("auth", SIGNING_KEYS))
    patch.setenv("PROVIDERS_SECRET_ARN", _create_secret("providers", {}))
    patch.setenv("FLOW_SECRET_ARN", _create_secret("flow", FLOW_KEYS))
    patch.setenv("WECHAT_PAY_SECRET_ARN", _create_secret("merchant", {}))


def environment(patch: pytest.MonkeyPatch) -> None:
    """What every function's environment has, with credentials that reach nothing."""
    values = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "STAGE": "test",
        "POWERTOOLS_SERVICE_NAME": "test",
        "POWERTOOLS_METRICS_NAMESPACE": "RoleCraft",
        "PROVIDERS": '[{"name": "builtin", "kind": "builtin"}]',
        "DEFAULT_MODEL": "builtin",
        "CURRENCY": "CNY",
        "CODE_EXECUTOR_FUNCTION": "rolecraft-test-code-executor",
        "CODE_TIMEOUT_SECONDS": "25",
    }
    for name, value in values.items():
        patch.setenv(name, value)
    patch.delenv("AWS_ENDPOINT_URL", raising=False)
    patch.delenv("AWS_PROFILE", raising=False)


def forget_everything() -> None:
    """Drop what a process remembers: settings, secrets, callers.

    Clients stay: moto answers those made after its import, and making them is most of a test.
    """
    forget_settings()
    forget_secrets()
    forget_queue_urls()
    credentials.memory.cache_clear()
    caller_limiter.cache_clear()
    forget_limits()
    figures.cache_clear()


@contextmanager
def running_aws(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fresh AWS within the block."""
    environment(patch)
    forget_everything()
    _isolate_requests(patch)
    with mock_aws():
        create_everything(patch)
        yield
    forget_everything()


@contextmanager
def counted_calls(patch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Counts AWS calls by operation name within the block (`calls.total()` is their sum)."""
    calls: Counter[str] = Counter()
    real = botocore.endpoint.Endpoint.make_request

    def counting(self: Any, operation: Any, request: Any) -> Any:
        calls[operation.name] += 1
        return real(self, operation, request)

    with patch.context() as inner:
        inner.setattr(botocore.endpoint.Endpoint, "make_request", counting)
        yield calls


def _isolate_requests(patch: pytest.MonkeyPatch) -> None:
    """Serve DynamoDB requests one by one.

    moto undoes a refused transaction by putting back a copy of the tables, and with it loses
    what other threads wrote meanwhile; DynamoDB never does.
    """
    lock, real = Lock(), DynamoHandler.call_action

    def alone(self: DynamoHandler) -> Any:
        with lock:
            return real(self)

    patch.setattr(DynamoHandler, "call_action", alone)


def _create_table(name: str) -> None:
    keys = ("pk", "sk", "gsi1pk", "gsi1sk")
    database = _client("dynamodb")
    database.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=_key_schema("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "gsi1",
                "KeySchema": _key_schema("gsi1pk", "gsi1sk"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )


def _create_schedules(patch: pytest.MonkeyPatch) -> None:
    """The group of the workspaces' schedules, and the queue they send to."""
    url = _client("sqs").create_queue(QueueName="rolecraft-test-workspaces")["QueueUrl"]
    patch.setenv("WORKSPACES_QUEUE_URL", url)
    arn = f"arn:aws:sqs:{REGION}:123456789012:rolecraft-test-workspaces"
    patch.setenv("WORKSPACES_QUEUE_ARN", arn)
    _client("scheduler").create_schedule_group(Name=SCHEDULE_GROUP)
    patch.setenv("SCHEDULE_GROUP", SCHEDULE_GROUP)
    patch.setenv("SCHEDULE_ROLE_ARN", "arn:aws:iam::123456789012:role/rolecraft-test-schedules")


def _key_schema(partition: str, sort: str) -> list[Any]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def _create_secret(name: str, value: dict[str, str]) -> str:
    manager = _client("secretsmanager")
    created = manager.create_secret(Name=f"rolecraft-test-{name}", SecretString=json.dumps(value))
    return str(created["ARN"])
