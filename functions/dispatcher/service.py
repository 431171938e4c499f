"""From a stream record to the promise it shows."""

import os
from typing import Any

from shared.data.outbox import PARTITION
from shared.messaging.dispatch import OUTBOX_TABLES, deliver


class UnknownTable(LookupError):
    """The stream belongs to no table that the environment names."""


def dispatch(record: dict[str, Any]) -> None:
    """Deliver the promise of an inserted outbox item; other records are none of ours.

    The item is read again before it is sent: with one bad record in a batch Lambda repeats the
    good ones after it, and those were delivered.
    """
    key = record["dynamodb"]["Keys"]["pk"]["S"]
    kind, _, promise_id = key.partition("#")
    if record["eventName"] == "INSERT" and kind == PARTITION:
        deliver(_table_variable(record["eventSourceARN"]), promise_id)


def _table_variable(stream_arn: str) -> str:
    # arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label>
    name = stream_arn.split("/")[1]
    for variable in OUTBOX_TABLES:
        if os.environ.get(variable) == name:
            return variable
    raise UnknownTable(name)
