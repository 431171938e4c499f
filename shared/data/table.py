"""The shape every table has (docs/database-design.md): pk, sk, ttl, one index gsi1."""

import os
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.pagination import ResultIterator

from shared.data.wire import READS, keep_as_sent

CONNECT_SECONDS = 3
READ_SECONDS = 10
POOL = 50


class TableOf:
    """A table's name, read from the environment when it is used, not when a model is declared."""

    def __init__(self, variable: str) -> None:
        self._variable = variable

    def __get__(self, instance: object, owner: type) -> str:
        return os.environ[self._variable]


class Gsi1(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """The second way into a table; what it lists depends on the kind of item."""

    class Meta:
        index_name = "gsi1"
        projection = AllProjection()

    gsi1pk = UnicodeAttribute(hash_key=True)
    gsi1sk = UnicodeAttribute(range_key=True)


class TableMeta:
    """What each model's `Meta` derives from; it adds `table_name = TableOf("…_TABLE")`."""

    connect_timeout_seconds = CONNECT_SECONDS
    read_timeout_seconds = READ_SECONDS
    max_retry_attempts = 4
    max_pool_connections = POOL


class Item(Model):
    """Base of the private models: declare attributes and `class Meta(TableMeta)`."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    ttl = NumberAttribute(null=True)
    gsi1pk = UnicodeAttribute(null=True)
    gsi1sk = UnicodeAttribute(null=True)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        # A client for each model, PynamoDB's way, would be 40 ms of cold start a piece.
        made = super()._get_connection()
        made.connection._client = connection().client
        return made


M = TypeVar("M", bound=Item)


def find(model: type[M], pk: str, sk: str, *, consistent: bool = True) -> M | None:
    """The item of that key, or None: one GetItem."""
    try:
        return model.get(pk, sk, consistent_read=consistent)
    except model.DoesNotExist:
        return None


def page_of(items: Iterator[M], page: int, page_size: int) -> list[M]:
    """The items of a 1-based page out of an ordered query."""
    start = (page - 1) * page_size
    return list(islice(items, start, start + page_size))


def raw_items(
    model: type[Item], pk: str, keys: Condition, wanted: Sequence[str] | None = None
) -> Iterator[dict[str, Any]]:
    """The items of a query as DynamoDB sends them, read a page at a time.

    For reads of many items: a model of each would take most of the time.
    """
    query = model._get_connection().query
    return ResultIterator(query, (pk, keys), {"attributes_to_get": wanted})


@cache
def connection() -> Connection:
    """The process's connection for transactions over several tables."""
    made = Connection(
        connect_timeout_seconds=CONNECT_SECONDS,
        read_timeout_seconds=READ_SECONDS,
        max_pool_connections=POOL,
        max_retry_attempts=4,
    )
    for operation in READS:
        made.client.meta.events.register(f"before-parse.dynamodb.{operation}", keep_as_sent)
    return made


def forget_connection() -> None:
    """Drop the connection (tests start and stop their AWS)."""
    connection.cache_clear()
