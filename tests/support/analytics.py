"""Ledger lines at chosen moments, and analytics as clients ask for it."""

import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

import boto3

from shared.core import clock
from shared.data.outbox import outbox_model
from shared.ledger import ledger
from tests.support.ledger import line

ANALYTICS = "/api/v1/analytics"
USAGE = f"{ANALYTICS}/usage"
EXPORT = f"{ANALYTICS}/usage/export"
CONVERSATIONS = f"{ANALYTICS}/conversations"
BUDGET = f"{ANALYTICS}/budget"


def spent(user_id: str, moment: str, **fields: Any) -> None:
    """A call of that moment (ISO text), counted."""
    at = clock.parse(moment)
    with clock.travelling(at.timestamp):
        held = ledger.reserve_now(user_id=user_id, amount_micro=0)
        ledger.settle_now(held, [line(**{"started_at": at, "ended_at": at, **fields})])


def pay(user_id: str, cost_micro: int) -> None:
    """A call of now that costs so much."""
    held = ledger.reserve_now(user_id=user_id, amount_micro=cost_micro)
    ledger.settle_now(held, [line(cost_micro=cost_micro)])


def promised_events() -> Iterator[dict[str, Any]]:
    """Notices that wait in the ledger's outbox, oldest first."""
    for item in outbox_model("LEDGER_TABLE").gsi1.query("OUTBOX"):
        if item.destination == "events:budget":
            yield json.loads(item.body)


def put_items(items: Iterable[dict[str, Any]]) -> None:
    """Items straight into the ledger's table."""
    table = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])
    with table.batch_writer() as batch:
        for item in items:
            batch.put_item(Item=item)
