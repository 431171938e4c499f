"""Routes of `/api/v1/users/me/webhook-secret` (contract images.md)."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from shared.auth.guards import SignedIn
from shared.core import clock
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.idempotency import RebuiltOperation
from shared.http.route import RoleCraftRoute
from shared.messaging.webhooks.signing import WebhookSecrets
from shared.tasks.secrets import rotate_secret, webhook_secrets

router = APIRouter(prefix="/api/v1/users/me/webhook-secret", route_class=RoleCraftRoute)

ROTATED = Text("密钥已更换，旧密钥 24 小时内仍有效", "Rotated; the old one stays valid for 24 h")


@router.get("")
async def get_secret(caller: SignedIn) -> Response:
    return success(_body(webhook_secrets(caller.user_id)))


@router.post("")
async def post_secret(caller: SignedIn, operation: RebuiltOperation) -> Response:
    if operation.replayed:  # others may have rotated it since: what is in force is the answer
        return success(_body(webhook_secrets(caller.user_id)), ROTATED)
    return success(_body(rotate_secret(caller.user_id, operation.id)), ROTATED)


def _body(secrets: WebhookSecrets) -> dict[str, Any]:
    until = secrets.previous_until
    still = until is not None and until > clock.now()
    return {
        "secret": secrets.current,
        "previous_secret": secrets.previous if still else None,
        "previous_valid_until": clock.iso(until) if until and still else None,
    }
