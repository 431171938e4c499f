"""What benchmarks of workspaces share: an emulator of their own with the tables, and its data."""

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

from infra.local.emulator.process import CREDENTIALS, emulator
from infra.local.emulator_venv import ensure_emulator_venv
from infra.local.ports import free_port
from shared.core import clock, ids
from shared.core.observability import get_logger
from shared.data.companies import Company, store_company
from shared.data.transaction import Transaction
from shared.data.workspaces import Workspace, store_workspace
from shared.workspaces.triggers import TriggerType
from tests.benchmarks.harness import ROOT

CONTEXTS = ("workspaces", "ledger", "documents", "roles", "limits", "chat")


@contextmanager
def a_system() -> Iterator[None]:
    """An emulator of this run alone, with tables, queue and schedule group."""
    port = free_port()
    with tempfile.TemporaryDirectory() as state:
        child = emulator(ROOT, ensure_emulator_venv(ROOT), Path(state), port)
        child.start()
        os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")
        _prepare()
        try:
            yield
        finally:
            child.stop()


def _create_tables() -> None:
    database = boto3.client("dynamodb")
    for context in CONTEXTS:
        name = os.environ[f"{context.upper()}_TABLE"] = f"bench-{context}"
        keys = ("pk", "sk", "gsi1pk", "gsi1sk")
        index = {"IndexName": "gsi1", "KeySchema": _key("gsi1pk", "gsi1sk")}
        database.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=_key("pk", "sk"),
            GlobalSecondaryIndexes=[{**index, "Projection": {"ProjectionType": "ALL"}}],
        )


def _prepare() -> None:
    _create_tables()
    boto3.client("scheduler").create_schedule_group(Name="bench")
    url = boto3.client("sqs").create_queue(QueueName="bench")["QueueUrl"]
    nowhere = "arn:aws:states:::stateMachine:none"
    names = ("ACCOUNT_DELETION", "TASK", "WEBHOOK", "LEARNING_JOB")
    os.environ.update({f"{name}_STATE_MACHINE_ARN": nowhere for name in names})
    os.environ.update(
        WORKSPACES_QUEUE_URL=url,
        DOCUMENTS_QUEUE_URL=url,
        WORKSPACES_QUEUE_ARN="arn:aws:sqs:us-east-1:000000000000:bench",
        SCHEDULE_GROUP="bench",
        SCHEDULE_ROLE_ARN="arn:aws:iam::000000000000:role/bench",
        FILES_BUCKET="bench",
        EVENT_BUS_NAME="bench",
        POWERTOOLS_LOG_LEVEL="CRITICAL",
        POWERTOOLS_SERVICE_NAME="bench",
    )
    get_logger().setLevel("CRITICAL")


def _key(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def new_company(owner_id: str) -> str:
    moment = clock.iso_ms(clock.now())
    company = Company(
        id=ids.new_id("company"),
        owner_id=owner_id,
        name="朗道",
        description="",
        industry="",
        created_at=moment,
        updated_at=moment,
    )
    transaction = Transaction()
    store_company(transaction, company)
    transaction.commit()
    return company.id


def new_workspace(owner_id: str, company_id: str, type_: TriggerType, value: str) -> Workspace:
    moment = clock.iso_ms(clock.now())
    workspace = Workspace(
        id=ids.new_id("ws"),
        owner_id=owner_id,
        company_id=company_id,
        name="简报",
        type="report",
        trigger_type=type_,
        trigger_value=value,
        timezone="Asia/Shanghai",
        report_rule="总结昨天",
        created_at=moment,
        updated_at=moment,
        anchor=moment,
        planned_through=moment,
        next_at=moment,
        missed_policy=random.choice(("none", "latest")),
        overlap_policy=random.choice(("skip", "queue")),
    )
    transaction = Transaction()
    store_workspace(transaction, workspace)
    transaction.commit()
    return workspace
