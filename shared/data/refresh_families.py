"""Refresh families: one item per sign-in, with a hash of the one refresh token that is good.

FAMILIES#<user id>  <family>: a user's families lie together, so an account's deletion finds
them without an index. A used token is one whose hash is no longer there.
"""

from dataclasses import dataclass
from itertools import islice

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction


@dataclass(frozen=True, slots=True)
class RefreshFamily:
    """One sign-in: whose, the SHA-256 of its current token, the user's generation at its start."""

    user_id: str
    id: str
    digest: str
    generation: int
    expires_s: int


class _Family(Item):
    class Meta(TableMeta):
        table_name = TableOf("IDENTITY_TABLE")

    digest = UnicodeAttribute()
    generation = NumberAttribute()


def find_family(user_id: str, family_id: str) -> RefreshFamily | None:
    """That family, or None where it is dead: one GetItem. It may be expired (TTL is lazy)."""
    item = find(_Family, f"FAMILIES#{user_id}", family_id)
    if item is None:
        return None
    expires_s = int(item.ttl or 0)
    return RefreshFamily(user_id, family_id, item.digest, int(item.generation), expires_s)


def store_family(transaction: Transaction, family: RefreshFamily) -> None:
    """Begin a family."""
    item = _Family(
        *_keys(family), digest=family.digest, generation=family.generation, ttl=family.expires_s
    )
    transaction.create("family", item)


def update_family(transaction: Transaction, before: RefreshFamily, after: RefreshFamily) -> None:
    """Rotate: the part `family` fails where the token of `before` was used meanwhile."""
    actions = [_Family.digest.set(after.digest), _Family.ttl.set(after.expires_s)]
    same = _Family.digest == before.digest
    transaction.update("family", _Family(*_keys(before)), actions, same)


def delete_family(user_id: str, family_id: str) -> None:
    """End a family; one that is gone is no error."""
    _Family(f"FAMILIES#{user_id}", family_id).delete()


def delete_some_families(user_id: str, limit: int) -> bool:
    """Delete up to `limit` families of a user; whether none is left."""
    query = _Family.query(f"FAMILIES#{user_id}", consistent_read=True, limit=limit + 1)
    found = list(islice(query, limit + 1))
    with _Family.batch_write() as batch:
        for item in found[:limit]:
            batch.delete(item)
    return len(found) <= limit


def _keys(family: RefreshFamily) -> tuple[str, str]:
    return f"FAMILIES#{family.user_id}", family.id
