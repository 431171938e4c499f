"""Builds ledger lines and reads back what the ledger wrote."""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key

from shared.core import clock
from shared.data.ledger_lines import Line


def line(**changes: Any) -> Line:
    """A chat call of 30 tokens that cost 1,000 micro-units."""
    now = clock.now()
    values: dict[str, Any] = {
        "feature": "chat",
        "provider": "builtin",
        "model": "builtin",
        "prompt_tokens": 20,
        "completion_tokens": 10,
        "cost_micro": 1_000,
        "price_version": "2026-11-01",
        "started_at": now - timedelta(seconds=1),
        "ended_at": now,
    }
    return Line(**{**values, **changes})


def stored_lines(user_id: str) -> list[dict[str, Any]]:
    """The user's ledger lines, oldest first."""
    return list(_items(user_id, "LINE#"))


def month(user_id: str) -> dict[str, Any]:
    """The user's only month."""
    (found,) = _items(user_id, "MONTH#")
    return found


def counters(user_id: str) -> dict[str, Counter[str]]:
    """Requests, tokens and cost by dimension (`total`, `role#…`), over all days."""
    sums: dict[str, Counter[str]] = {}
    names = {"r": "requests", "t": "tokens", "c": "cost"}
    for item in _items(user_id, "DAY#"):
        dimension = item["sk"].split("#", 2)[2]
        for key, value in item.items():
            if key[0] in names and key[1:] in ("64", "96"):  # the sums of a day's two parts
                sums.setdefault(dimension, Counter())[names[key[0]]] += int(value)
    return sums


def sums_of_lines(user_id: str) -> dict[str, Counter[str]]:
    """What `counters` must be, worked out from the lines."""
    sums: dict[str, Counter[str]] = {}
    for item in stored_lines(user_id):
        tokens = int(item["prompt_tokens"] + item["completion_tokens"])
        figures = {"requests": 1, "tokens": tokens, "cost": int(item["cost_micro"])}
        dimensions = ["total", f"model#{item['model']}", f"feature#{item['feature']}"]
        if "role_id" in item:
            dimensions.append(f"role#{item['role_id']}")
        for dimension in dimensions:
            sums.setdefault(dimension, Counter()).update(figures)
    return sums


def _items(user_id: str, prefix: str) -> Iterator[dict[str, Any]]:
    table = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])
    condition = Key("pk").eq(f"USER#{user_id}") & Key("sk").begins_with(prefix)
    more: dict[str, Any] = {}
    while True:
        page = table.query(KeyConditionExpression=condition, **more)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
