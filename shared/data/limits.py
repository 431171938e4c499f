"""Buckets of the rate limiter in LIMITS_TABLE: two conditional writes, exact among all copies.

A bucket is one number, the theoretical arrival time (`tat`) of GCRA in microseconds since the
epoch: at or before now the bucket is full. It only ever grows.
"""

import os
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.data.table import connection

KEEP_SECONDS = 3600
_MICROSECONDS = 1_000_000


class StoreUnreachable(Exception):
    """The limits table did not answer, or refused for another reason than the condition."""


@dataclass(frozen=True, slots=True)
class Write:
    """What a conditional write came to: `tat_us` is the bucket's value now, in both cases."""

    done: bool
    tat_us: int


class DynamoBuckets:
    """The buckets of LIMITS_TABLE, one UpdateItem per call."""

    def restart(self, key: str, now_us: int, tat_us: int) -> Write:
        """Set a full bucket (none yet, or `tat` at or before now) to `tat_us`."""
        return self._write(
            key,
            "SET tat = :tat, #ttl = :ttl",
            "attribute_not_exists(pk) OR tat <= :now",
            {":tat": tat_us, ":now": now_us, ":ttl": _ttl(tat_us)},
        )

    def advance(self, key: str, by_us: int, above_us: int, ceiling_us: int) -> Write:
        """Add to a bucket whose `tat` is above `above_us` and at most `ceiling_us`."""
        return self._write(
            key,
            "SET tat = tat + :by, #ttl = :ttl",
            "tat > :above AND tat <= :ceiling",
            {
                ":by": by_us,
                ":above": above_us,
                ":ceiling": ceiling_us,
                ":ttl": _ttl(ceiling_us + by_us),
            },
        )

    def _write(self, key: str, update: str, condition: str, values: dict[str, int]) -> Write:
        client: Any = connection().client
        try:
            answer = client.update_item(
                TableName=os.environ["LIMITS_TABLE"],
                Key={"pk": {"S": f"RATE#{key}"}, "sk": {"S": "RATE"}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={
                    name: {"N": str(value)} for name, value in values.items()
                },
                ReturnValues="UPDATED_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise StoreUnreachable(str(error)) from error
            refusal: Any = error.response  # `Item` is there when an item is
            return Write(False, _tat(refusal.get("Item", {})))
        except BotoCoreError as error:
            raise StoreUnreachable(str(error)) from error
        return Write(True, _tat(answer["Attributes"]))


def _tat(item: dict[str, Any]) -> int:
    return int(item["tat"]["N"]) if "tat" in item else 0


def _ttl(tat_us: int) -> int:
    return tat_us // _MICROSECONDS + KEEP_SECONDS
