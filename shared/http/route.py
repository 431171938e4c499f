"""The route class of every API group: `APIRouter(route_class=RoleCraftRoute)`."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import params
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from shared.auth.guards import guard_of
from shared.core.errors import UnsupportedMediaType
from shared.core.text import Text
from shared.http.direct import direct_app
from shared.http.idempotency import answers_of, run_once

RouteHandler = Callable[[Request], Coroutine[Any, Any, Response]]


class RoleCraftRoute(APIRoute):
    """A route that refuses a body of another type (415) and can be repeated safely.

    Whoever may not call it hears so before anything is said of the body; so does a caller over
    its limit, which malformed bodies would not count for otherwise.
    A route takes JSON when its body is a model, multipart when it has form or file parameters.
    Repeats are for routes with a `CurrentOperation` or `RebuiltOperation` parameter
    (shared/http/idempotency.py), declared by the route or one of its dependencies.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if answers_of(self.dependant) is None:  # a repeat needs what is put around below
            self.app = direct_app(self.dependant) or self.app

    def get_route_handler(self) -> RouteHandler:
        """FastAPI's handler, with what this route needs around it and nothing else."""
        inner = super().get_route_handler()
        answers = answers_of(self.dependant)
        body = self.body_field
        if body is None and answers is None:
            return inner
        takes_form = body is not None and isinstance(body.field_info, params.Form)
        guard = guard_of(self.dependant)

        async def handle(request: Request) -> Response:
            if guard is not None:
                await guard(request)
            if body is not None:
                await _check_media_type(request, takes_form)
            if answers is None:
                return await inner(request)
            return await run_once(request, inner, answers)

        return handle


async def _check_media_type(request: Request, takes_form: bool) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    accepted = given == "multipart/form-data" if takes_form else is_json(given)
    if not accepted and await request.body():
        expected = "multipart/form-data" if takes_form else "application/json"
        raise UnsupportedMediaType(
            Text(f"请求内容类型应为 {expected}", f"The Content-Type must be {expected}"),
            details={"expected": expected},
        )


def is_json(media_type: str) -> bool:
    """Whether a media type, lower case and without parameters, is JSON's."""
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
