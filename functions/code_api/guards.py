"""Who may call: whoever has a token that has calls left, or the administrator."""

from typing import Annotated

from fastapi import Depends, Request

from functions.code_api.errors import InvalidToken, WrongAdminToken
from functions.code_api.history import history
from functions.code_api.keys import is_admin_token
from functions.code_api.token_cache import Kept, token_cache
from functions.code_api.tokens import limit_of, recognise
from shared.core.threads import off_loop
from shared.data.flow_tokens import FlowToken
from shared.flow.limits import (
    AFTER_AUTHENTICATION,
    BEFORE_AUTHENTICATION,
    limit_address,
    limit_token,
    token_refusal,
)
from shared.http.client_address import client_address
from shared.http.rate_limit import Decision

# Memory's refusal is asked back where the token was read longer ago: it may have been refilled.
_SURE_S = 0.25


async def _token_caller(request: Request) -> FlowToken:
    """The caller's token, within its own limit and its address's.

    Raises:
        InvalidToken: none, or not a valid one.
        LimitReached: of the address or of the token.
    """
    address = client_address(request)
    kept = await off_loop(recognise, request.headers.get("accesstoken", ""))
    if kept is None:
        await limit_address(BEFORE_AUTHENTICATION, address)
        raise InvalidToken
    await limit_address(AFTER_AUTHENTICATION, address)
    return await _within_limit(kept)


TokenCaller = Annotated[FlowToken, Depends(_token_caller)]


async def _admin(request: Request) -> None:
    """Let the administrator pass.

    Raises:
        InvalidToken: no credential.
        WrongAdminToken: another one.
        LimitReached: of the address.
    """
    address = client_address(request)
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    given = credential.strip() if scheme.lower() == "bearer" else ""
    if bool(given) and await off_loop(is_admin_token, given):
        await limit_address(AFTER_AUTHENTICATION, address)
        return
    await limit_address(BEFORE_AUTHENTICATION, address)
    raise WrongAdminToken if given else InvalidToken


Admin = Depends(_admin)


async def _within_limit(kept: Kept) -> FlowToken:
    decision = await _take(kept.token)
    if not decision.allowed and decision.source == "memory" and kept.age_s > _SURE_S:
        fresh = await off_loop(token_cache().read, kept.token.lookup)
        if fresh is None:
            raise InvalidToken
        if fresh.token != kept.token:
            kept, decision = fresh, await _take(fresh.token)
    history().count(kept.token.id, allowed=decision.allowed)
    if not decision.allowed:
        raise token_refusal(limit_of(kept.token), decision)
    return kept.token


async def _take(token: FlowToken) -> Decision:
    return await limit_token(limit_of(token), f"{token.id}#{token.bucket}")
