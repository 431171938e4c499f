"""Lambda entry of the identity API; a direct invocation may make the first admin."""

from typing import Any

from functions.identity import auth_routes, key_routes, user_routes
from functions.identity.bootstrap import EVENT, bootstrap_admin
from shared.http.app import create_app, lambda_handler

app = create_app("identity", [auth_routes.router, user_routes.router, key_routes.router])
_http = lambda_handler(app)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer an HTTP API event, or the event of bootstrap.py."""
    if EVENT in event:
        return bootstrap_admin(event[EVENT])
    return _http(event, context)
