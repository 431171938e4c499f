"""The outbox: what a transaction promises to send, in the same transaction.

The dispatcher sends an item when the table's stream shows it and then deletes it; housekeeping
sends what the stream missed. Delivery is at least once, so receivers are idempotent by key.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from shared.core import clock, context, ids
from shared.data.table import Gsi1, Item, TableMeta, TableOf
from shared.data.transaction import Transaction

Destination = Literal[
    "events:budget",
    "queue:documents",
    "queue:workspaces",
    "schedule:workspaces",
    "workflow:account_deletion",
    "workflow:tasks",
    "workflow:webhooks",
    "workflow:jobs",
    "jobs",
]
PARTITION = "OUTBOX"


class OutboxItem(Item):
    """One promised message; `outbox_item(table)` binds it to a table."""

    destination = UnicodeAttribute()
    body = UnicodeAttribute()
    request_id = UnicodeAttribute()
    gsi1 = Gsi1()


_bound: dict[str, type[OutboxItem]] = {}


def outbox_model(table_variable: str) -> type[OutboxItem]:
    """The outbox model of the table whose name stands in that variable."""
    if table_variable not in _bound:
        meta = type("Meta", (TableMeta,), {"table_name": TableOf(table_variable)})
        bound = type("BoundOutboxItem", (OutboxItem,), {"Meta": meta, "gsi1": Gsi1()})
        _bound[table_variable] = bound
    return _bound[table_variable]


@dataclass(frozen=True, slots=True)
class Promise:
    """A message to be sent: where to, its JSON text, and the request that caused it."""

    id: str
    destination: str
    body: str
    request_id: str


def promise(
    transaction: Transaction,
    table_variable: str,
    destination: Destination,
    body: dict[str, Any],
    *,
    part: str = "outbox",
) -> str:
    """Add a message to the transaction; returns its id, which a workflow takes as its name.

    `part` is what the transaction knows it by.
    """
    ulid = ids.new_ulid()
    item = outbox_model(table_variable)(
        pk=f"{PARTITION}#{ulid}",
        sk=PARTITION,
        gsi1pk=PARTITION,
        gsi1sk=clock.iso_ms(clock.now()),
        destination=destination,
        body=json.dumps(body, ensure_ascii=False),
        request_id=context.current().request_id,
    )
    transaction.create(part, item)
    return ulid


def find_promise(table_variable: str, ulid: str) -> Promise | None:
    """The message, or None when it was sent already."""
    try:
        item = outbox_model(table_variable).get(
            f"{PARTITION}#{ulid}", PARTITION, consistent_read=True
        )
    except DoesNotExist:
        return None
    return _to_promise(item)


def find_overdue(table_variable: str, age: timedelta, limit: int = 100) -> Iterator[Promise]:
    """Messages older than `age` that are still there, oldest first."""
    model = outbox_model(table_variable)
    before = clock.iso_ms(clock.now() - age)
    for item in model.gsi1.query(PARTITION, Gsi1.gsi1sk < before, limit=limit):
        yield _to_promise(item)


def delete_promise(table_variable: str, ulid: str) -> None:
    """Forget a message that was sent."""
    model = outbox_model(table_variable)
    model(f"{PARTITION}#{ulid}", PARTITION).delete()


def _to_promise(item: OutboxItem) -> Promise:
    ulid = item.pk.removeprefix(f"{PARTITION}#")
    return Promise(ulid, item.destination, item.body, item.request_id)
