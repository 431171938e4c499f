"""Guards: dependencies that say in a route's signature who may call it."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant

from shared.auth.credentials import memory, principal_of
from shared.auth.principal import Principal, Scope
from shared.core import context
from shared.core.errors import Forbidden, Unauthorized
from shared.core.threads import off_loop
from shared.http.rate_limit import limit_caller

Guard = Callable[[Request], Awaitable[Principal]]
_PRINCIPAL = "rolecraft.principal"
_guards: set[object] = set()


def _guard(check: Guard) -> Guard:
    _guards.add(check)
    return check


def guard_of(dependant: Dependant) -> Guard | None:
    """The guard that a route or one of its dependencies declares, None where all may call."""
    for dependency in dependant.dependencies:
        if dependency.call in _guards:
            return dependency.call
        nested = guard_of(dependency)
        if nested:
            return nested
    return None


@_guard
async def authenticate(request: Request) -> Principal:
    """The caller, within its rate limit; worked out once a request.

    Raises:
        Unauthorized: no or no valid credential.
        RateLimited: over the caller's limit.
    """
    known: Principal | None = request.scope.get(_PRINCIPAL)
    if known is not None:
        return known
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Unauthorized
    principal = await _resolve(credential.strip())
    context.current().user_id = principal.user_id
    await limit_caller(principal.user_id)
    request.scope[_PRINCIPAL] = principal
    return principal


async def _resolve(credential: str) -> Principal:
    if memory().has(credential):  # a thread would cost more than the work
        return principal_of(credential)
    return await off_loop(principal_of, credential)


Caller = Annotated[Principal, Depends(authenticate)]

# The guards below call `authenticate` themselves: each dependency of a dependency is solved anew
# for every request, which costs more than what it does here.


@_guard
async def _signed_in(request: Request) -> Principal:
    caller = await authenticate(request)
    if caller.key_id is not None:
        raise Forbidden
    return caller


SignedIn = Annotated[Principal, Depends(_signed_in)]
"""A person's own session: an API key never manages keys, users or passwords."""


@_guard
async def _admin(request: Request) -> Principal:
    caller = await _signed_in(request)
    if not caller.is_admin:
        raise Forbidden
    return caller


Admin = Annotated[Principal, Depends(_admin)]


@_guard
async def _teacher(request: Request) -> Principal:
    caller = await _signed_in(request)
    if not caller.is_teacher:
        raise Forbidden
    return caller


@_guard
async def _learner(request: Request) -> Principal:
    caller = await _signed_in(request)
    if not (caller.is_teacher or caller.is_student):
        raise Forbidden
    return caller


Teacher = Annotated[Principal, Depends(_teacher)]
Learner = Annotated[Principal, Depends(_learner)]
"""Whoever takes part in courses: a teacher or a student."""


def scoped(scope: Scope) -> Guard:
    """A guard for an API group: users pass, keys need the scope."""

    @_guard
    async def guard(request: Request) -> Principal:
        caller = await authenticate(request)
        if not caller.may_use(scope):
            raise Forbidden
        return caller

    return guard


ChatCaller = Annotated[Principal, Depends(scoped("chat"))]
DocumentsCaller = Annotated[Principal, Depends(scoped("documents"))]
ImagesCaller = Annotated[Principal, Depends(scoped("images"))]
AnalyticsCaller = Annotated[Principal, Depends(scoped("analytics"))]
WorkspacesCaller = Annotated[Principal, Depends(scoped("all"))]
"""Keys have no scope of their own for companies and workspaces: one for everything will do."""
LearningCaller = Annotated[Principal, Depends(scoped("all"))]
