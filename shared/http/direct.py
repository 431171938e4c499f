"""Routes without a body, answered past FastAPI's general machinery.

For each request FastAPI opens three exit stacks, makes a response to take headers from, and
solves each dependency as if it could have a body, cookies and a generator. A route that asks for
guards and for values of the path, the query and the headers needs none of it. Its values are
read and refused by FastAPI's own functions. What that saves: docs/decisions/0073.
"""

import inspect
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_SOLVED_HERE: Final = {
    "call", "dependencies", "header_params", "name", "path_params", "query_params",
    "request_param_name",
}  # fmt: skip
_WITHOUT_EFFECT: Final = {"path", "scope", "use_cache"}  # on what is no generator and called once
_FOR_FASTAPI: Final = {field.name for field in fields(Dependant)} - _SOLVED_HERE - _WITHOUT_EFFECT


def direct_app(route: Dependant) -> ASGIApp | None:
    """The ASGI app of such a route, None where FastAPI has to solve what it asks for.

    The route declares that it returns a `Response`; it and its dependencies are plain `async`
    functions, none asked for twice.
    """
    parts = list(_parts(route))
    if not _returns_response(route) or len({part.call for part in parts}) < len(parts):
        return None
    if not all(map(_is_plain, parts)):
        return None

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        errors: list[Any] = []
        response = await _run(route, Request(scope, receive, send), errors)
        if errors:
            raise RequestValidationError(errors)
        await response(scope, receive, send)

    return app


def _parts(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for dependency in dependant.dependencies:
        yield from _parts(dependency)


def _is_plain(part: Dependant) -> bool:
    return inspect.iscoroutinefunction(part.call) and not any(
        getattr(part, name) for name in _FOR_FASTAPI
    )


def _returns_response(route: Dependant) -> bool:
    declared = getattr(route.call, "__annotations__", {}).get("return")
    return isinstance(declared, type) and issubclass(declared, Response)


async def _run(part: Dependant, request: Request, errors: list[Any]) -> Any:
    """What the part's function gives; it is not called where one of its values is wrong."""
    known = len(errors)
    values: dict[str, Any] = {}
    for dependency in part.dependencies:
        answer = await _run(dependency, request, errors)
        if dependency.name is not None:
            values[dependency.name] = answer
    if part.path_params:
        _take(values, errors, request_params_to_args(part.path_params, request.path_params))
    if part.query_params:
        _take(values, errors, request_params_to_args(part.query_params, request.query_params))
    if part.header_params:
        _take(values, errors, request_params_to_args(part.header_params, request.headers))
    if part.request_param_name is not None:
        values[part.request_param_name] = request
    if len(errors) > known or part.call is None:
        return None
    return await part.call(**values)


def _take(
    values: dict[str, Any], errors: list[Any], found: tuple[dict[str, Any], list[Any]]
) -> None:
    values.update(found[0])
    errors.extend(found[1])
