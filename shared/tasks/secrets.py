"""A user's webhook secret: made when it is first needed, rotated with a day of overlap."""

from shared.core import clock
from shared.core.errors import ServiceUnavailable
from shared.data.webhook_secrets import StoredSecret, find_secret, store_secret
from shared.messaging.webhooks.signing import WebhookSecrets

_ATTEMPTS = 5


def webhook_secrets(user_id: str) -> WebhookSecrets:
    """The secrets in force."""
    for _ in range(_ATTEMPTS):
        stored = find_secret(user_id)
        if stored is not None:
            return _read(stored)
        store_secret(user_id, _written(WebhookSecrets.new()), instead_of=None)
    raise ServiceUnavailable


def rotate_secret(user_id: str, operation_id: str) -> WebhookSecrets:
    """A new secret; the one before stays valid for 24 hours.

    A repeat of the operation rotates nothing: the one before would be lost with its receiver.
    """
    for _ in range(_ATTEMPTS):
        webhook_secrets(user_id)
        stored = find_secret(user_id)
        if stored is None:
            continue
        if stored.rotation == operation_id:
            return _read(stored)
        rotated = _read(stored).rotated(clock.now())
        if store_secret(user_id, _written(rotated, operation_id), instead_of=stored):
            return rotated
    raise ServiceUnavailable


def _read(stored: StoredSecret) -> WebhookSecrets:
    until = clock.parse(stored.previous_until) if stored.previous_until else None
    return WebhookSecrets(stored.current, stored.previous, until)


def _written(secrets: WebhookSecrets, rotation: str = "") -> StoredSecret:
    until = clock.iso_ms(secrets.previous_until) if secrets.previous_until else ""
    return StoredSecret(secrets.current, secrets.previous, until, rotation)
