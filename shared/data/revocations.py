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
    transaction.save("revocation", _of_now(user_id))


def update_revocation(user_id: str) -> None:
    """Move the moment to now: covers tokens issued while the transaction was under way."""
    _of_now(user_id).save()


def find_revocations() -> dict[str, int]:
    """User id → milliseconds since the epoch up to which tokens are refused."""
    items = _Revocation.query(PARTITION, consistent_read=True)
    return {item.sk: int(item.before_ms) for item in items}


def _of_now(user_id: str) -> _Revocation:
    now = clock.timestamp()
    return _Revocation(PARTITION, user_id, before_ms=int(now * 1000), ttl=int(now) + KEEP_SECONDS)
