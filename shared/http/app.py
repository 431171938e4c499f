"""The app of an API function, and the Lambda handler around it."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from shared.core.errors import (
    AppError,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
)
from shared.core.observability import get_logger
from shared.core.text import Text
from shared.core.threads import serve_one_at_a_time
from shared.http.context_middleware import TRAILING_SLASH, ContextMiddleware
from shared.http.envelope import JsonResponse, failure
from shared.http.startup import finish
from shared.http.validation import refusal

LambdaHandler = Callable[[dict[str, Any], Any], dict[str, Any]]
_BY_STATUS: dict[int, type[AppError]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: PayloadTooLarge,
}
# Too deeply nested, a number of thousands of digits, not UTF-8, a broken multipart body.
_UNREADABLE = Text("无法解析", "cannot be read")


def create_app(title: str, routers: Sequence[APIRouter]) -> FastAPI:
    """An app whose every answer has the envelope, errors of the framework included."""
    app = FastAPI(
        title=title,
        openapi_url=None,
        redirect_slashes=False,
        default_response_class=JsonResponse,
        # Nobody sets up OpenTelemetry here, and FastAPI looks for it in each request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    for router in routers:
        # Their prefixes are whole, so nothing is left to include; an included router is matched
        # twice for each request and copies each route at start.
        app.router.routes.extend(router.routes)
    app.add_middleware(ContextMiddleware)
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    finish()
    return app


async def _on_app_error(_: Request, error: Exception) -> JsonResponse:
    if not isinstance(error, AppError):
        raise error
    if error.status >= 500:
        get_logger().warning("failed", extra={"code": error.code, "details": error.details})
    return failure(error)


async def _on_validation_error(_: Request, error: Exception) -> JsonResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    return failure(refusal(error.errors()))


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 404 and TRAILING_SLASH in request.scope:
        return _without_slash(request)
    if isinstance(error.__cause__, AppError):  # raised while FastAPI read the body
        return failure(error.__cause__)
    if error.status_code == 400:
        return failure(InvalidRequest.of_field("body", _UNREADABLE))
    answer = failure(_BY_STATUS.get(error.status_code, AppError)())
    if error.status_code == 405:
        answer.headers["Allow"] = ", ".join(sorted(_methods_of(request)))
    return answer


def _without_slash(request: Request) -> Response:
    """API Gateway knows no `/api/v1/roles/` and brings it to the function of unknown paths."""
    path: str = request.scope["path"]
    if not path.startswith("/api/"):  # `//elsewhere` would lead to another host
        return failure(NotFound())
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{path}{query}", status_code=308)


def _methods_of(request: Request) -> set[str]:
    """The methods of a path; Starlette names those of the first route only, one of several."""
    methods: set[str] = set()
    for route in request.app.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            methods |= route.methods
    return methods


def lambda_handler(app: FastAPI) -> LambdaHandler:
    """The entry of an API function: HTTP API events in and out."""
    from mangum import Mangum

    from shared.http.lambda_events import HttpApiEvent

    serve_one_at_a_time()
    return Mangum(app, lifespan="off", custom_handlers=[HttpApiEvent])
