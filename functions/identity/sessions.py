"""Sign-ins: an access token, and a family of refresh tokens of which one at a time is good.

A refresh token is `<user>.<family>.<secret>`: its first parts are the key of the family's item,
so a look-up is one GetItem. All of it but the user is random (128 and 256 bits).
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import replace
from typing import NamedTuple

from functions.identity.schemas import Tokens
from shared.auth.tokens import ACCESS_TOKEN_SECONDS, issue_access_token
from shared.core import clock
from shared.core.errors import Unauthorized
from shared.core.observability import get_logger
from shared.data.refresh_families import (
    RefreshFamily,
    delete_family,
    find_family,
    store_family,
    update_family,
)
from shared.data.transaction import ConditionFailed, Transaction
from shared.data.users import User, demand_unchanged, find_user

REFRESH_TOKEN_SECONDS = 30 * 24 * 3600
_FORM = re.compile(r"([0-9A-Z]{26})\.([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{43}")


class _Named(NamedTuple):
    user_id: str
    family_id: str


def begin_session(transaction: Transaction, user: User) -> Tokens:
    """Tokens of a new family, good once the transaction is committed.

    The transaction must demand that the user is unchanged, or make it: what is true of a token
    then holds for the version it carries.
    """
    family_id = secrets.token_urlsafe(16)
    refresh_token = _new_token(user.id, family_id)
    family = RefreshFamily(user.id, family_id, _digest(refresh_token), user.generation, _expiry())
    store_family(transaction, family)
    return _tokens(user, refresh_token)


def refresh_session(refresh_token: str) -> Tokens:
    """The next tokens of a family; the one given is used up.

    Using a token twice, one after the other or at once, ends the family: one of the two holders
    stole it, and neither knows.

    Raises:
        Unauthorized: unknown, used, expired, or the user's sign-ins were ended.
    """
    family = _find_good_family(refresh_token)
    user = find_user(family.user_id)
    if user is None or user.status != "active" or user.generation != family.generation:
        delete_family(family.user_id, family.id)
        raise Unauthorized
    next_token = _new_token(user.id, family.id)
    transaction = Transaction()
    rotated = replace(family, digest=_digest(next_token), expires_s=_expiry())
    update_family(transaction, family, rotated)
    demand_unchanged(transaction, user)
    tokens = _tokens(user, next_token)
    try:
        transaction.commit()
    except ConditionFailed as failure:
        if "family" in failure.names:
            _end_stolen(family)
        raise Unauthorized from None
    return tokens


def end_session(user_id: str, refresh_token: str) -> None:
    """End the family of a token of that user; any other token is as dead already."""
    named = _read(refresh_token)
    if named and named.user_id == user_id:
        delete_family(*named)


def _find_good_family(refresh_token: str) -> RefreshFamily:
    named = _read(refresh_token)
    family = find_family(*named) if named else None
    if family is None or family.expires_s <= clock.timestamp():
        raise Unauthorized
    if not hmac.compare_digest(family.digest, _digest(refresh_token)):
        _end_stolen(family)
        raise Unauthorized
    return family


def _end_stolen(family: RefreshFamily) -> None:
    get_logger().warning("refresh token used twice", extra={"owner_id": family.user_id})
    delete_family(family.user_id, family.id)


def _read(refresh_token: str) -> _Named | None:
    form = _FORM.fullmatch(refresh_token)
    return _Named(f"user_{form[1]}", form[2]) if form else None


def _new_token(user_id: str, family_id: str) -> str:
    return f"{user_id.removeprefix('user_')}.{family_id}.{secrets.token_urlsafe(32)}"


def _digest(refresh_token: str) -> str:
    return hashlib.sha256(refresh_token.encode()).hexdigest()


def _expiry() -> int:
    return int(clock.timestamp()) + REFRESH_TOKEN_SECONDS


def _tokens(user: User, refresh_token: str) -> Tokens:
    access_token = issue_access_token(user.id, user.roles, user.version)
    return Tokens(access_token, refresh_token, ACCESS_TOKEN_SECONDS)
