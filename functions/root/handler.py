"""Lambda entry of `/`, `/health` and every path that no other function has."""

from starlette.responses import Response

from functions.root.routes import router
from shared.core.errors import AppError
from shared.http import envelope, flow_envelope
from shared.http.app import create_app, lambda_handler


def _failure(error: AppError) -> Response:
    """The limits of the public paths are told as /flow tells them (contract flow.md)."""
    if isinstance(error, flow_envelope.LimitReached):
        return flow_envelope.failure(error)
    return envelope.failure(error)


app = create_app("root", [router], failure=_failure)
handler = lambda_handler(app)
