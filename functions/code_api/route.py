"""The route class of /flow: at the end of a request, what was counted is written."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from functions.code_api.background import write_due
from shared.core.threads import off_loop

RouteHandler = Callable[[Request], Coroutine[Any, Any, Response]]


class FlowRoute(APIRoute):
    """Also a refused call counts, so it is done whether the route answers or raises."""

    def get_route_handler(self) -> RouteHandler:
        """FastAPI's handler and the writes after it."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await inner(request)
            finally:
                await off_loop(write_due)

        return handle
