"""API keys: only a SHA-256 is stored; the hash is the key of the look-up."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.exceptions import UpdateError

from shared.core import clock
from shared.data.table import Gsi1, Item, TableMeta, TableOf
from shared.data.transaction import Transaction


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


class _ApiKey(Item):
    class Meta(TableMeta):
        table_name = TableOf("IDENTITY_TABLE")

    gsi1 = Gsi1()
    key_id = UnicodeAttribute()
    owner_id = UnicodeAttribute()
    name = UnicodeAttribute()
    prefix = UnicodeAttribute()
    scopes = UnicodeSetAttribute()
    created_at = UnicodeAttribute()
    expires_at = UnicodeAttribute(null=True)
    last_used_at = UnicodeAttribute(null=True)
    suspended = BooleanAttribute(default=False)


def digest_of(secret: str) -> str:
    """What is stored of a key: it has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find_api_key(digest: str) -> ApiKey | None:
    """The key of that digest: one GetItem."""
    try:
        return _to_key(_ApiKey.get(f"APIKEY#{digest}", "APIKEY", consistent_read=True))
    except _ApiKey.DoesNotExist:
        return None


def find_api_keys_of(owner_id: str) -> list[ApiKey]:
    """A user's keys, newest first."""
    items = _ApiKey.gsi1.query(f"APIKEYS#{owner_id}", scan_index_forward=False)
    return [_to_key(item) for item in items]


def store_api_key(transaction: Transaction, key: ApiKey) -> None:
    """Add a new key to the transaction."""
    transaction.create("api_key", _to_item(key))


def delete_api_key(transaction: Transaction, key: ApiKey) -> None:
    """Remove a key; the part `api_key` fails where it is gone already."""
    transaction.delete("api_key", _to_item(key), _ApiKey.pk.exists())


def suspend_api_keys(transaction: Transaction, keys: Sequence[ApiKey], *, suspended: bool) -> None:
    """Stop (or let work again) keys of a disabled user; a key that is gone stays gone."""
    for number, key in enumerate(keys):
        item = _ApiKey(f"APIKEY#{key.digest}", "APIKEY")
        transaction.update(
            f"api_key_{number}", item, [_ApiKey.suspended.set(suspended)], _ApiKey.pk.exists()
        )


def update_last_used(key: ApiKey) -> None:
    """Note the minute of use, once a minute; a key revoked meanwhile is left alone."""
    minute = clock.now().replace(second=0, microsecond=0)
    stamp = clock.iso(minute)
    if key.last_used_at == stamp:
        return
    item = _ApiKey(f"APIKEY#{key.digest}", "APIKEY")
    try:
        item.update([_ApiKey.last_used_at.set(stamp)], condition=_ApiKey.pk.exists())
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def _to_item(key: ApiKey) -> _ApiKey:
    return _ApiKey(
        f"APIKEY#{key.digest}",
        "APIKEY",
        gsi1pk=f"APIKEYS#{key.owner_id}",
        gsi1sk=key.id,
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
