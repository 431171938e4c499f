"""Users whose access tokens, issued up to a moment, no longer count.

Access tokens live two hours and are not stored. Disabling a user, changing roles or deleting the
account writes one item here; each running copy reads the whole short list every 30 s.
"""

from pynamodb.attributes import NumberAttribute

from shared.core import clock
from shared.data.table import Item, TableMeta, TableOf
from shared.data.transaction import Transaction

PARTITION = "REVOKED"
KEEP_SECONDS = 3 * 3600  # longer than any access token lives


class _Revocation(Item):
    class Meta(TableMeta):
        table_name = TableOf("IDENTITY_TABLE")

    before_ms = NumberAttribute()


def store_revocation(transaction: Transaction, user_id: str) -> None:
    """From now on every token that user holds is refused (within 30 s, everywhere)."""
    now = clock.timestamp()
    item = _Revocation(PARTITION, user_id, before_ms=int(now * 1000), ttl=int(now) + KEEP_SECONDS)
    transaction.save("revocation", item)


def find_revocations() -> dict[str, int]:
    """User id → milliseconds since the epoch up to which tokens are refused."""
    items = _Revocation.query(PARTITION, consistent_read=True)
    return {item.sk: int(item.before_ms) for item in items}
