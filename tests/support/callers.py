"""The kinds of caller each route is tested as."""

from collections.abc import Iterable

from shared.auth.tokens import issue_access_token
from shared.core import clock, ids
from shared.data.api_keys import ApiKey, digest_of, store_api_key
from shared.data.transaction import Transaction


def token_of(user_id: str, roles: Iterable[str] = ()) -> str:
    """A signed-in user's access token."""
    return issue_access_token(user_id, roles, version=1)


def expired_token_of(user_id: str) -> str:
    """A token that was good until a moment ago."""
    past = clock.timestamp() - 7201
    with clock.travelling(lambda: past):
        return token_of(user_id)


def api_key_of(user_id: str, scopes: Iterable[str] = ("all",)) -> str:
    """A working API key of that user."""
    secret = f"rc_{ids.new_ulid()}{'x' * 17}"
    key = ApiKey(
        id=ids.new_id("key"),
        owner_id=user_id,
        name="test",
        prefix=secret[:10],
        digest=digest_of(secret),
        scopes=tuple(scopes),
        created_at=clock.iso(clock.now()),
        expires_at=None,
        last_used_at=None,
        suspended=False,
    )
    transaction = Transaction()
    store_api_key(transaction, key)
    transaction.commit()
    return secret
