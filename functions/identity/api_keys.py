"""API keys of a user."""

import base64
import hashlib
import hmac
from collections.abc import Iterator

from functions.identity.errors import KeyNotFound, KeyRevoked, TooManyKeys
from functions.identity.schemas import NewKey
from shared.auth.settings import AuthSettings
from shared.auth.tokens import CURRENT
from shared.aws.secrets import read_secret
from shared.core import clock, ids
from shared.core.errors import InvalidRequest, Unauthorized
from shared.core.text import Text
from shared.data.api_keys import (
    KEYS_PER_USER,
    ApiKey,
    delete_api_key,
    digest_of,
    find_api_key,
    find_api_keys_of,
    find_key_ring,
    store_api_key,
)
from shared.data.transaction import ConditionFailed, Transaction
from shared.data.users import demand_active
from shared.http.idempotency import Operation
from shared.http.paging import Page, PageRequest

PREFIX_LENGTH = 10


def create_key(owner_id: str, wanted: NewKey, operation: Operation) -> tuple[ApiKey, str]:
    """A new key and its secret; a repeated operation gives the same two again.

    Raises:
        InvalidRequest: it would be expired already.
        TooManyKeys: the owner has 50.
        KeyRevoked: a repeat, and the key is gone.
    """
    if operation.replayed:
        return _find_made(operation)
    if wanted.expires_at and clock.parse(wanted.expires_at) <= clock.now():
        raise InvalidRequest.of_field("expires_at", Text("应为将来的时间", "must be in the future"))
    secret = next(_secrets(operation))
    key = _new_key(owner_id, wanted, secret)
    transaction = Transaction()
    store_api_key(transaction, key)
    demand_active(transaction, owner_id)
    try:
        transaction.commit()
    except ConditionFailed as failure:
        return _judge(failure, operation)
    return key, secret


def list_keys(owner_id: str, wanted: PageRequest) -> Page[ApiKey]:
    """A user's keys, newest first."""
    return Page.cut(find_api_keys_of(owner_id), wanted)


def revoke_key(owner_id: str, key_id: str) -> None:
    """Delete a key; copies that remember it refuse it within 30 s.

    Raises:
        KeyNotFound: the owner has no such key.
    """
    ring = find_key_ring(owner_id)
    if key_id not in ring.digests:
        raise KeyNotFound
    transaction = Transaction()
    delete_api_key(transaction, ring, key_id)
    try:
        transaction.commit()
    except ConditionFailed:
        raise KeyNotFound from None


def _new_key(owner_id: str, wanted: NewKey, secret: str) -> ApiKey:
    return ApiKey(
        id=ids.new_id("key"),
        owner_id=owner_id,
        name=wanted.name,
        prefix=secret[:PREFIX_LENGTH],
        digest=digest_of(secret),
        scopes=tuple(sorted(wanted.scopes)),
        created_at=clock.iso(clock.now()),
        expires_at=wanted.expires_at,
        last_used_at=None,
        suspended=False,
    )


def _judge(failure: ConditionFailed, operation: Operation) -> tuple[ApiKey, str]:
    if "api_key" in failure.names:  # made by a run of this operation that died before answering
        return _find_made(operation)
    if "user" in failure.names:
        raise Unauthorized
    raise TooManyKeys(TooManyKeys.text.fill(limit=KEYS_PER_USER))


def _find_made(operation: Operation) -> tuple[ApiKey, str]:
    for secret in _secrets(operation):
        key = find_api_key(digest_of(secret))
        if key:
            return key, secret
    raise KeyRevoked


def _secrets(operation: Operation) -> Iterator[str]:
    """The operation's secret by each signing key, the current one first.

    A repeat must show the secret again, and no secret may be stored: so it is a pseudo-random
    function of the operation's id, which is known to nobody and kept for 24 h (decision 0064).
    """
    keys = read_secret(AuthSettings.from_env().auth_secret_arn)
    names = [keys[CURRENT], *(name for name in keys if name not in (CURRENT, keys[CURRENT]))]
    for name in names:
        message = f"api-key {operation.id}".encode()
        drawn = hmac.new(keys[name].encode(), message, hashlib.sha256).digest()
        yield "rc_" + base64.urlsafe_b64encode(drawn).rstrip(b"=").decode()
