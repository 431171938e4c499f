"""What each running copy of the code-block API holds in memory, in LIMITS_TABLE.

Items `FLOW#COPIES`, `<copy>`: a few numbers by name, written by their copy every ten seconds of
its work. A copy that has not written for a minute counts no more.
"""

from collections import Counter

from pynamodb.attributes import JSONAttribute, NumberAttribute

from shared.core import clock
from shared.data.table import Item, TableMeta, TableOf

PARTITION = "FLOW#COPIES"
ALIVE_SECONDS = 60


class _Copy(Item):
    class Meta(TableMeta):
        table_name = TableOf("LIMITS_TABLE")

    at_s = NumberAttribute()
    gauges = JSONAttribute()


def store_gauges(copy: str, gauges: dict[str, int]) -> None:
    """Say what a copy holds now: one PutItem."""
    now = int(clock.timestamp())
    _Copy(PARTITION, copy, at_s=now, gauges=gauges, ttl=now + ALIVE_SECONDS).save()


def find_gauges() -> tuple[int, dict[str, int]]:
    """How many copies are alive, and the sums of what they hold: one Query."""
    alive_from = int(clock.timestamp()) - ALIVE_SECONDS
    sums: Counter[str] = Counter()
    alive = 0
    for item in _Copy.query(PARTITION, consistent_read=True):
        if item.at_s >= alive_from:
            alive += 1
            sums.update(item.gauges)
    return alive, dict(sums)
