"""An AWS for integration tests: moto with the project's tables, bucket, queue and secrets."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
import botocore.endpoint
import pytest

from shared.auth import credentials
from shared.aws.queues import forget_queue_urls
from shared.aws.secrets import forget_secrets
from shared.core.settings import forget_settings
from shared.flow.figures import figures
from shared.flow.limits import forget_limits
from shared.http.rate_limit import caller_limiter
from tests.support.moto_state import Snapshot, answering

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


def create_everything() -> dict[str, str]:
    """Tables, bucket, queues, schedules and secrets; the variables that name them."""
    for context in CONTEXTS:
        _create_table(f"rolecraft-test-{context}")
    _client("s3").create_bucket(Bucket=BUCKET)
    _client("events").create_event_bus(Name=EVENT_BUS)
    _client("scheduler").create_schedule_group(Name=SCHEDULE_GROUP)
    tables = {f"{context.upper()}_TABLE": f"rolecraft-test-{context}" for context in CONTEXTS}
    return {
        **tables,
        "FILES_BUCKET": BUCKET,
        "EVENT_BUS_NAME": EVENT_BUS,
        "SCHEDULE_GROUP": SCHEDULE_GROUP,
        "SCHEDULE_ROLE_ARN": "arn:aws:iam::123456789012:role/rolecraft-test-schedules",
        "DOCUMENTS_QUEUE_URL": _create_queue("rolecraft-test-documents"),
        "WORKSPACES_QUEUE_URL": _create_queue("rolecraft-test-workspaces"),
        "WORKSPACES_QUEUE_ARN": f"arn:aws:sqs:{REGION}:123456789012:rolecraft-test-workspaces",
        "AUTH_SECRET_ARN": _create_secret("auth", SIGNING_KEYS),
        "PROVIDERS_SECRET_ARN": _create_secret("providers", {}),
        "FLOW_SECRET_ARN": _create_secret("flow", FLOW_KEYS),
        "WECHAT_PAY_SECRET_ARN": _create_secret("merchant", {}),
    }


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

    Clients stay: moto answers those made after its import, and making them takes long.
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
    with answering(patch):
        snapshot, variables = _beginning()
        snapshot.restore()
        for name, value in variables.items():
            patch.setenv(name, value)
        yield
    forget_everything()


@cache
def _beginning() -> tuple[Snapshot, dict[str, str]]:
    """What each test of this process begins with."""
    variables = create_everything()
    return Snapshot(), variables


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


def _create_queue(name: str) -> str:
    return str(_client("sqs").create_queue(QueueName=name)["QueueUrl"])


def _key_schema(partition: str, sort: str) -> list[Any]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def _create_secret(name: str, value: dict[str, str]) -> str:
    manager = _client("secretsmanager")
    created = manager.create_secret(Name=f"rolecraft-test-{name}", SecretString=json.dumps(value))
    return str(created["ARN"])
