"""A bearer credential becomes a Principal, or nothing does."""

from functools import cache
from typing import TypeVar

from shared.auth.principal import Principal
from shared.auth.tokens import AccessClaims, read_access_token
from shared.core import clock
from shared.core.errors import Unauthorized
from shared.data.api_keys import ApiKey, digest_of, find_api_key, update_last_used
from shared.data.revocations import find_revocations

API_KEY_PREFIX = "rc_"
KEEP_SECONDS = 30
KEPT = 10_000
T = TypeVar("T")


class _Memory:
    """What a running copy remembers for 30 s: revocations, the tokens and keys it has seen."""

    def __init__(self) -> None:
        self._revocations: tuple[float, dict[str, int]] = (0.0, {})
        self._keys: dict[str, tuple[float, ApiKey | None]] = {}
        self._claims: dict[str, tuple[float, AccessClaims]] = {}

    def has(self, credential: str) -> bool:
        """Whether the credential can be judged without a call to any store."""
        if credential.startswith(API_KEY_PREFIX):
            kept = self._keys.get(digest_of(credential))
            return kept is not None and _is_fresh(kept[0])
        return _is_fresh(self._revocations[0]) and credential in self._claims

    def claims(self, token: str) -> AccessClaims:
        """A token's claims: its signature is checked anew every 30 s, its end every time."""
        kept = self._claims.get(token)
        if kept is None or not _is_fresh(kept[0]):
            kept = (clock.timestamp(), read_access_token(token))
            _put(self._claims, token, kept)
        if kept[1].expires_s <= clock.timestamp():
            raise Unauthorized
        return kept[1]

    def good_from_version(self, user_id: str) -> int:
        if not _is_fresh(self._revocations[0]):
            self._revocations = (clock.timestamp(), find_revocations())
        return self._revocations[1].get(user_id, 0)

    def api_key(self, digest: str) -> ApiKey | None:
        kept = self._keys.get(digest)
        if kept and _is_fresh(kept[0]):
            return kept[1]
        key = find_api_key(digest)
        if key:
            update_last_used(key)
        _put(self._keys, digest, (clock.timestamp(), key))
        return key


def _is_fresh(read_s: float) -> bool:
    return clock.is_recent(read_s, KEEP_SECONDS)


def _put(memory: dict[str, T], key: str, value: T) -> None:
    if len(memory) >= KEPT:
        memory.clear()
    memory[key] = value


@cache
def memory() -> _Memory:
    """The running copy's memory; tests drop it with `memory.cache_clear()`."""
    return _Memory()


def principal_of(credential: str) -> Principal:
    """The caller behind an access token or an API key.

    Raises:
        Unauthorized: unknown, expired, revoked or malformed, with one message for all.
    """
    if credential.startswith(API_KEY_PREFIX):
        return _of_api_key(credential)
    claims = memory().claims(credential)
    if claims.version < memory().good_from_version(claims.user_id):
        raise Unauthorized
    return Principal(claims.user_id, claims.roles)


def _of_api_key(secret: str) -> Principal:
    key = memory().api_key(digest_of(secret))
    if key is None or key.suspended:
        raise Unauthorized
    if key.expires_at and clock.parse(key.expires_at) <= clock.now():
        raise Unauthorized
    return Principal(key.owner_id, key_id=key.id, scopes=frozenset(key.scopes))
