"""API keys: only a SHA-256 is stored; the hash is the key of the look-up.

Items of the identity table (docs/database-design.md):

    APIKEY#<sha-256>   APIKEY   the key
    USER#<owner>       KEYS     the owner's key ring: id and hash of each key, and its version
"""

import hashlib
from dataclasses import dataclass

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import size

from shared.core import clock
from shared.core.observability import get_logger
from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

KEYS_PER_USER = 50


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret; times are stored ISO texts, `expires_at` None means never."""

    id: str
    owner_id: str
    name: str
    prefix: str
    digest: str
    scopes: tuple[str, ...]
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    suspended: bool


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Which keys an owner has: key id → digest. `version` grows with each key made or revoked."""

    owner_id: str
    digests: dict[str, str]
    version: int


class _ApiKey(Item):
    class Meta(TableMeta):
        table_name = TableOf("IDENTITY_TABLE")

    key_id = UnicodeAttribute()
    owner_id = UnicodeAttribute()
    name = UnicodeAttribute()
    prefix = UnicodeAttribute()
    scopes = UnicodeSetAttribute()
    created_at = UnicodeAttribute()
    expires_at = UnicodeAttribute(null=True)
    last_used_at = UnicodeAttribute(null=True)
    suspended = BooleanAttribute(default=False)


class _KeyRing(Item):
    class Meta(TableMeta):
        table_name = TableOf("IDENTITY_TABLE")

    entries = UnicodeSetAttribute(null=True)  # `<key id>:<digest>`
    version = NumberAttribute(default=0)


def digest_of(secret: str) -> str:
    """What is stored of a key: it has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find_api_key(digest: str) -> ApiKey | None:
    """The key of that digest: one GetItem."""
    item = find(_ApiKey, f"APIKEY#{digest}", "APIKEY")
    return _to_key(item) if item else None


def find_key_ring(owner_id: str) -> KeyRing:
    """Which keys a user has: one GetItem, consistent."""
    item = find(_KeyRing, f"USER#{owner_id}", "KEYS")
    if item is None:
        return KeyRing(owner_id, {}, 0)
    entries = (entry.split(":") for entry in item.entries or ())
    return KeyRing(owner_id, dict(sorted(entries)), int(item.version))


def find_api_keys_of(owner_id: str) -> list[ApiKey]:
    """A user's keys, newest first: at most two calls, consistent."""
    wanted = [_key(digest) for digest in find_key_ring(owner_id).digests.values()]
    keys = [(item.pk, item.sk) for item in wanted]
    found = _ApiKey.batch_get(keys, consistent_read=True) if keys else ()
    return sorted((_to_key(item) for item in found), key=lambda key: key.id, reverse=True)


def store_api_key(transaction: Transaction, key: ApiKey) -> None:
    """Add a new key; the part `api_key` fails where it exists, `key_ring` at the 50th key."""
    transaction.create("api_key", _to_item(key))
    actions = [_KeyRing.entries.add({f"{key.id}:{key.digest}"}), _KeyRing.version.add(1)]
    held = size(_KeyRing.entries)  # type: ignore[no-untyped-call]
    room = _KeyRing.entries.does_not_exist() | (held < KEYS_PER_USER)
    transaction.update("key_ring", _ring(key.owner_id), actions, room)


def delete_api_key(transaction: Transaction, ring: KeyRing, key_id: str) -> None:
    """Remove a key of the ring; the part `key_ring` fails where it is gone already."""
    digest = ring.digests[key_id]
    entry = f"{key_id}:{digest}"
    actions = [_KeyRing.entries.delete({entry}), _KeyRing.version.add(1)]
    held = _KeyRing.entries.contains(entry)
    transaction.delete(f"api_key_{key_id}", _key(digest))
    transaction.update("key_ring", _ring(ring.owner_id), actions, held)


def suspend_api_keys(transaction: Transaction, ring: KeyRing, *, suspended: bool) -> None:
    """Stop all keys of a user, or let them work again.

    The part `key_ring` fails where a key was made or revoked since the ring was read.
    """
    same = _KeyRing.version == ring.version if ring.version else _KeyRing.pk.does_not_exist()
    transaction.check("key_ring", _ring(ring.owner_id), same)
    for key_id, digest in ring.digests.items():
        transaction.update(f"api_key_{key_id}", _key(digest), [_ApiKey.suspended.set(suspended)])


def delete_keys_of(owner_id: str) -> None:
    """Delete every key of a user and then the ring; the owner can make no new ones any more."""
    ring = find_key_ring(owner_id)
    with _ApiKey.batch_write() as batch:
        for digest in ring.digests.values():
            batch.delete(_key(digest))
    _ring(owner_id).delete()


def update_last_used(key: ApiKey) -> None:
    """Note the minute of use, once a minute; a key revoked meanwhile is left alone.

    A note that cannot be written is logged: it is no reason to refuse the call.
    """
    minute = clock.now().replace(second=0, microsecond=0)
    stamp = clock.iso(minute)
    if key.last_used_at == stamp:
        return
    try:
        _key(key.digest).update([_ApiKey.last_used_at.set(stamp)], condition=_ApiKey.pk.exists())
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            cause = {"cause": error.cause_response_code}
            get_logger().warning("use of an API key not noted", extra=cause)


def _key(digest: str) -> _ApiKey:
    return _ApiKey(f"APIKEY#{digest}", "APIKEY")


def _ring(owner_id: str) -> _KeyRing:
    return _KeyRing(f"USER#{owner_id}", "KEYS")


def _to_item(key: ApiKey) -> _ApiKey:
    return _ApiKey(
        f"APIKEY#{key.digest}",
        "APIKEY",
        key_id=key.id,
        owner_id=key.owner_id,
        name=key.name,
        prefix=key.prefix,
        scopes=set(key.scopes),
        created_at=key.created_at,
        expires_at=key.expires_at,
        suspended=key.suspended,
    )


def _to_key(item: _ApiKey) -> ApiKey:
    return ApiKey(
        id=item.key_id,
        owner_id=item.owner_id,
        name=item.name,
        prefix=item.prefix,
        digest=item.pk.removeprefix("APIKEY#"),
        scopes=tuple(sorted(item.scopes)),
        created_at=item.created_at,
        expires_at=item.expires_at,
        last_used_at=item.last_used_at,
        suspended=bool(item.suspended),
    )
