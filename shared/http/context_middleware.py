"""Around every request: its id, its language, a body limit, one log line, the last resort."""

import re
import time
import uuid
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.aws.outage import is_outage
from shared.core import context
from shared.core.errors import AppError, PayloadTooLarge, ServiceUnavailable
from shared.core.observability import get_logger, log_request
from shared.core.text import Text, choose_language
from shared.http.envelope import Failure

# In the scope of a request whose path was sent with a slash at its end.
TRAILING_SLASH: Final = "rolecraft.trailing_slash"
BODY_LIMIT_BYTES: Final = 6 * 1024 * 1024
# Of the files in a form: Lambda is sent them in Base64, with the rest of the event in 6 MiB.
FORM_FILES_LIMIT_BYTES: Final = 4_500_000
_VISIBLE = re.compile(r"[\x21-\x7e]{1,128}")


class ContextMiddleware:
    """Pure ASGI: BaseHTTPMiddleware would cost ten times as much per request."""

    def __init__(self, app: ASGIApp, failure: Failure) -> None:
        self._app = app
        self._failure = failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _VISIBLE.fullmatch(given) else str(uuid.uuid4())
        language = choose_language(headers.get(b"accept-language", b"").decode("latin-1"))
        current = context.RequestContext(request_id, language)
        token = context.enter(current)
        try:
            exchange = _Exchange(scope, receive, send, current, self._failure)
            await exchange.run(self._app, headers.get(b"content-length", b""))
        finally:
            context.leave(token)


class _Exchange:
    """One request and its answer."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        current: context.RequestContext,
        failure: Failure,
    ) -> None:
        path: str = scope["path"]
        if len(path) > 1 and path.endswith("/"):
            scope["path"], scope[TRAILING_SLASH] = path.rstrip("/") or "/", True
        self._scope, self._receive, self._send = scope, receive, send
        self._current = current
        self._failure = failure
        self._status = 0
        self._received = 0
        self._begun = time.perf_counter()

    async def run(self, app: ASGIApp, declared_length: bytes) -> None:
        try:
            if declared_length.isdigit() and int(declared_length) > BODY_LIMIT_BYTES:
                raise _too_large()
            await app(self._scope, self._limited_receive, self._stamped_send)
        except AppError as error:
            await self._answer(error)
        except Exception as error:
            get_logger().exception("unhandled")
            await self._answer(ServiceUnavailable() if is_outage(error) else AppError())
        finally:
            self._log()

    async def _answer(self, error: AppError) -> None:
        if self._status:
            raise RuntimeError("failed after the answer began") from error
        await self._failure(error)(self._scope, self._receive, self._stamped_send)

    async def _limited_receive(self) -> Message:
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received > BODY_LIMIT_BYTES:
            raise _too_large()
        return message

    async def _stamped_send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            header = (b"x-request-id", self._current.request_id.encode("latin-1"))
            message = {**message, "headers": [*message["headers"], header]}
        await self._send(message)

    def _log(self) -> None:
        route = self._scope.get("route")
        log_request(
            method=self._scope["method"],
            route=getattr(route, "path", "unmatched"),
            status=self._status,
            duration_ms=round((time.perf_counter() - self._begun) * 1000, 2),
        )


def _too_large() -> PayloadTooLarge:
    limit = BODY_LIMIT_BYTES // (1024 * 1024)
    return PayloadTooLarge(
        Text(f"请求内容不能超过 {limit} MB", f"The request body is over {limit} MB"),
        details={"limit_bytes": BODY_LIMIT_BYTES},
    )
