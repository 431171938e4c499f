"""What limits decided for each token, hour by hour: `token_rate_limit_history`.

Items of the flow table: `HISTORY#<token id>`, `<hour>#<copy>`. A copy writes its own item of an
hour again and again with the counts so far, so that a write may be repeated or lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from shared.core import clock
from shared.data.table import Item, TableMeta, TableOf

KEEP_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class HourOfToken:
    """Calls of a token that passed and were refused, as one copy counted them in one hour.

    `hour` is `yyyy-MM-ddTHH` in UTC.
    """

    token_id: int
    hour: str
    copy: str
    allowed: int
    refused: int


class _Hour(Item):
    class Meta(TableMeta):
        table_name = TableOf("FLOW_TABLE")

    copy = UnicodeAttribute()
    allowed = NumberAttribute()
    refused = NumberAttribute()


def store_hours(hours: Iterable[HourOfToken]) -> None:
    """Write them all: a BatchWriteItem for each 25."""
    ttl = int(clock.timestamp()) + KEEP_SECONDS
    with _Hour.batch_write() as batch:
        for hour in hours:
            batch.save(
                _Hour(
                    _partition(hour.token_id),
                    f"{hour.hour}#{hour.copy}",
                    copy=hour.copy,
                    allowed=hour.allowed,
                    refused=hour.refused,
                    ttl=ttl,
                )
            )


def find_hours(token_id: int) -> list[HourOfToken]:
    """What is known of a token, oldest first."""
    items = _Hour.query(_partition(token_id), consistent_read=True)
    return [
        HourOfToken(
            token_id,
            item.sk.partition("#")[0],
            item.copy,
            int(item.allowed),
            int(item.refused),
        )
        for item in items
    ]


def _partition(token_id: int) -> str:
    return f"HISTORY#{token_id}"
