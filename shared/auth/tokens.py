"""Access tokens: JWT HS256 with a key id (contract identity.md, Auth)."""

from collections.abc import Iterable
from dataclasses import dataclass

import jwt
from jwt.types import Options

from shared.auth.settings import AuthSettings
from shared.aws.secrets import read_secret
from shared.core import clock, ids
from shared.core.errors import Unauthorized

ACCESS_TOKEN_SECONDS = 7200
ALGORITHM = "HS256"
CURRENT = "current"
_CHECKS: Options = {
    "require": ["sub", "iat", "exp", "jti", "scope", "ver"],
    "verify_exp": False,  # ours, below, by the project's clock
    "verify_iat": False,  # the copy that issued it may have a clock some milliseconds ahead
}


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a valid access token says; `version` is that of the user it was issued under."""

    user_id: str
    roles: frozenset[str]
    version: int
    expires_s: int


def issue_access_token(user_id: str, roles: Iterable[str], version: int) -> str:
    """A token of 7,200 s for that user, signed with the current key; `scope` lists the roles.

    `ver` is the user's version that the roles were read with (decision 0063).
    """
    keys = read_secret(AuthSettings.from_env().auth_secret_arn)
    key_id = keys[CURRENT]
    issued = int(clock.timestamp())
    claims = {
        "sub": user_id,
        "iat": issued,
        "exp": issued + ACCESS_TOKEN_SECONDS,
        "jti": ids.new_ulid(),
        "scope": " ".join(sorted(roles)),
        "ver": version,
    }
    return jwt.encode(claims, keys[key_id], ALGORITHM, headers={"kid": key_id})


def read_access_token(token: str) -> AccessClaims:
    """The claims of a token.

    Raises:
        Unauthorized: altered, expired, signed with another algorithm or an unknown key.
    """
    try:
        key = _signing_key(jwt.get_unverified_header(token).get("kid"))
        claims = jwt.decode(token, key, algorithms=[ALGORITHM], options=_CHECKS)
        found = AccessClaims(
            user_id=claims["sub"],
            roles=frozenset(claims["scope"].split()),
            version=int(claims["ver"]),
            expires_s=int(claims["exp"]),
        )
    except (jwt.InvalidTokenError, AttributeError, ValueError, TypeError):
        raise Unauthorized from None
    if found.expires_s <= clock.timestamp():
        raise Unauthorized
    return found


def _signing_key(key_id: object) -> str:
    if not isinstance(key_id, str) or key_id == CURRENT:
        raise Unauthorized
    arn = AuthSettings.from_env().auth_secret_arn
    key = read_secret(arn).get(key_id) or read_secret(arn, fresh=_may_refresh()).get(key_id)
    if key is None:
        raise Unauthorized
    return key


_REFRESH_EVERY_S = 10.0
_refreshed_at = 0.0


def _may_refresh() -> bool:
    """Unknown key ids may follow a rotation; forged ones must not turn into a call each."""
    global _refreshed_at
    if clock.is_recent(_refreshed_at, _REFRESH_EVERY_S):
        return False
    _refreshed_at = clock.timestamp()
    return True
