"""Guards: dependencies that say in a route's signature who may call it."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from shared.auth.credentials import memory, principal_of
from shared.auth.principal import Principal, Scope
from shared.core import context
from shared.core.errors import Forbidden, Unauthorized
from shared.core.threads import in_thread
from shared.http.rate_limit import limit_caller


async def authenticate(request: Request) -> Principal:
    """The caller, within its rate limit; worked out once a request.

    Raises:
        Unauthorized: no or no valid credential.
        RateLimited: over the caller's limit.
    """
    known: Principal | None = getattr(request.state, "principal", None)
    if known is not None:
        return known
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Unauthorized
    principal = await _resolve(credential.strip())
    context.current().user_id = principal.user_id
    await limit_caller(principal.user_id)
    request.state.principal = principal
    return principal


async def _resolve(credential: str) -> Principal:
    if memory().has(credential):  # a thread would cost more than the work
        return principal_of(credential)
    return await in_thread(principal_of, credential)


Caller = Annotated[Principal, Depends(authenticate)]


async def _signed_in(caller: Caller) -> Principal:
    if caller.key_id is not None:
        raise Forbidden
    return caller


SignedIn = Annotated[Principal, Depends(_signed_in)]
"""A person's own session: an API key never manages keys, users or passwords."""


async def _admin(caller: SignedIn) -> Principal:
    if not caller.is_admin:
        raise Forbidden
    return caller


Admin = Annotated[Principal, Depends(_admin)]


def scoped(scope: Scope) -> Callable[[Principal], Awaitable[Principal]]:
    """A guard for an API group: users pass, keys need the scope."""

    async def guard(caller: Caller) -> Principal:
        if not caller.may_use(scope):
            raise Forbidden
        return caller

    return guard


ChatCaller = Annotated[Principal, Depends(scoped("chat"))]
DocumentsCaller = Annotated[Principal, Depends(scoped("documents"))]
ImagesCaller = Annotated[Principal, Depends(scoped("images"))]
