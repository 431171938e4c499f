"""Tokens: made, changed, deleted, listed, and recognised in a call."""

import hmac
import re
import secrets
from dataclasses import replace
from typing import Any

from functions.code_api.errors import TokenNotFound
from functions.code_api.keys import current_key, keys, opened
from functions.code_api.schemas import NewToken, TokenChange, end_of
from functions.code_api.token_cache import Kept, token_cache
from shared.core import clock
from shared.data.flow_history import find_hours
from shared.data.flow_tokens import (
    FlowToken,
    delete_token,
    find_token,
    find_tokens,
    next_token_id,
    renew_bucket,
    store_token,
    update_token,
)
from shared.flow.figures import figures
from shared.flow.limits import TokenLimit
from shared.http.flow_envelope import local_time

PREFIX = "flow_"
_FORM = re.compile(rf"{PREFIX}[0-9a-f]{{64}}")
_SHOWN = len(PREFIX) + 10
_SHOWN_HOURS = 24
_DEFAULT = TokenLimit()


def create_token(body: NewToken) -> dict[str, Any]:
    """Make a token; two calls make two.

    Raises:
        BadParameter: the operation's own field is missing or wrong.
    """
    end = end_of(body)
    text = f"{PREFIX}{secrets.token_hex(32)}"
    key, now = current_key(), clock.iso_ms(clock.now())
    lookup = key.lookup(text)
    token = FlowToken(
        id=next_token_id(),
        lookup=lookup,
        sealed=key.seal(text, lookup),
        ws_id=body.ws_id,
        email=body.email,
        operation=body.operation,
        created_at=now,
        updated_at=now,
        expires_at=clock.iso_ms(end) if end else None,
        per_minute=body.rate_limit_per_minute or _DEFAULT.per_minute,
        burst=body.rate_limit_burst or _DEFAULT.burst,
        window_seconds=body.rate_limit_window_seconds or _DEFAULT.window_seconds,
    )
    store_token(token)
    return token_body(token, text)


def change_token(text: str, body: TokenChange) -> dict[str, Any]:
    """Set a token's end, and its limits where the body has some.

    Raises:
        BadParameter: the operation's own field is missing or wrong.
        TokenNotFound: there is no such token.
    """
    end = end_of(body)
    token = _existing(text)
    changed = replace(
        token,
        operation=body.operation,
        expires_at=clock.iso_ms(end) if end else None,
        updated_at=clock.iso_ms(clock.now()),
        per_minute=body.rate_limit_per_minute or token.per_minute,
        burst=body.rate_limit_burst or token.burst,
        window_seconds=body.rate_limit_window_seconds or token.window_seconds,
    )
    token_cache().forget(token.lookup)
    if not update_token(changed):
        raise TokenNotFound
    return token_body(changed, text)


def remove_token(text: str) -> None:
    """Delete a token; every copy refuses it five seconds later at the latest.

    Raises:
        TokenNotFound: there is no such token.
    """
    token = _existing(text)
    token_cache().forget(token.lookup)
    if not delete_token(token):
        raise TokenNotFound


def refill_token(text: str) -> None:
    """Give a token its whole burst again.

    Raises:
        TokenNotFound: there is no such token.
    """
    token = _existing(text)
    token_cache().forget(token.lookup)
    if renew_bucket(token) is None:
        raise TokenNotFound


def list_tokens(ws_id: str, email: str, text: str) -> list[dict[str, Any]]:
    """Tokens that match all that is given, newest first.

    Whoever asks by one of workspace and e-mail gets them masked; in full by both, or by token,
    and then with the history of its limit.
    """
    if not text:
        found = find_tokens(ws_id=ws_id, email=email)
        full = bool(ws_id and email)
        texts = [opened(token.sealed, token.lookup) for token in found]
        return [
            token_body(token, plain if full else masked(plain))
            for token, plain in zip(found, texts, strict=True)
        ]
    token = _stored(text)
    if token is None or (ws_id and token.ws_id != ws_id):
        return []
    if email and token.email.casefold() != email.casefold():
        return []
    figures().count("limit_cold")
    return [{**token_body(token, text), "rate_limit_history": _history_of(token.id)}]


def recognise(text: str) -> Kept | None:
    """The token of a call, None where it is unknown, deleted or expired."""
    if not _FORM.fullmatch(text):
        return None
    for key in keys():
        lookup = key.lookup(text)
        kept = token_cache().peek(lookup) or token_cache().read(lookup)
        if kept and hmac.compare_digest(kept.token.lookup, lookup):
            return kept if is_active(kept.token) else None
    return None


def is_active(token: FlowToken) -> bool:
    """Whether it has not expired."""
    return token.expires_at is None or clock.parse(token.expires_at) > clock.now()


def limit_of(token: FlowToken) -> TokenLimit:
    """The token's own limit."""
    return TokenLimit(token.per_minute, token.burst, token.window_seconds)


def masked(text: str) -> str:
    """`flow_` and ten hex digits of a token, then three stars."""
    return f"{text[:_SHOWN]}***"


def token_body(token: FlowToken, shown: str) -> dict[str, Any]:
    """A token as clients see it, with the text that this one may see."""
    return {
        "id": token.id,
        "ws_id": token.ws_id,
        "email": token.email,
        "access_token": shown,
        "created_at": _local(token.created_at),
        "expires_at": _local(token.expires_at) if token.expires_at else None,
        "operation_type": token.operation,
        "is_active": is_active(token),
        "rate_limit_per_minute": token.per_minute,
        "rate_limit_burst": token.burst,
        "rate_limit_window_seconds": token.window_seconds,
        "updated_at": _local(token.updated_at),
    }


def _existing(text: str) -> FlowToken:
    token = _stored(text)
    if token is None:
        raise TokenNotFound
    return token


def _stored(text: str) -> FlowToken | None:
    """The token as the table has it, whatever memory says."""
    if not _FORM.fullmatch(text):
        return None
    found = (find_token(key.lookup(text)) for key in keys())
    return next((token for token in found if token is not None), None)


def _history_of(token_id: int) -> list[dict[str, Any]]:
    """Calls of the token by hour, the latest day that it was used in."""
    hours: dict[str, list[int]] = {}
    for found in find_hours(token_id):
        sums = hours.setdefault(found.hour, [0, 0])
        sums[0] += found.allowed
        sums[1] += found.refused
    return [
        {"hour": _local(f"{hour}:00:00Z"), "allowed": allowed, "refused": refused}
        for hour, (allowed, refused) in list(hours.items())[-_SHOWN_HOURS:]
    ]


def _local(stored: str) -> str:
    return local_time(clock.parse(stored))
