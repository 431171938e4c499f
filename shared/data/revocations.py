"""Users whose access tokens, issued under an earlier version of the user, no longer count.

Access tokens live two hours and are not stored. Disabling a user, changing roles or deleting the
account writes one item here; each running copy reads the whole short list every 30 s. Versions
order a token and a change exactly, which the clocks of two copies cannot (decision 0063).
"""

from pynamodb.attributes import NumberAttribute

from shared.core import clock
from shared.data.table import Item, TableMeta, TableOf
from shared.data.transaction import Transaction

PARTITION = "REVOCATIONS"
KEEP_SECONDS = 3 * 3600  # the life of an access token, and an hour between two clocks


class _Revocation(Item):
    class Meta(TableMeta):
        table_name = TableOf("IDENTITY_TABLE")

    version = NumberAttribute()


def store_revocation(transaction: Transaction, user_id: str, version: int) -> None:
    """Refuse that user's tokens of versions before this one (within 30 s, everywhere).

    The transaction is the one that gives the user this version.
    """
    ttl = int(clock.timestamp()) + KEEP_SECONDS
    item = _Revocation(PARTITION, user_id, version=version, ttl=ttl)
    transaction.save("revocation", item)


def find_revocations() -> dict[str, int]:
    """User id → the version from which on tokens are good."""
    items = _Revocation.query(PARTITION, consistent_read=True)
    return {item.sk: int(item.version) for item in items}
