"""A user's webhook secret: made when it is first needed, rotated with a day of overlap."""

from shared.core import clock
from shared.data.changing import until_written
from shared.data.transaction import Transaction
from shared.data.webhook_secrets import StoredSecret, find_secret, store_secret
from shared.messaging.webhooks.signing import WebhookSecrets


def webhook_secrets(user_id: str) -> WebhookSecrets:
    """The secrets in force."""
    return _read(until_written(lambda: _stored(user_id)))


def rotate_secret(user_id: str, operation_id: str) -> WebhookSecrets:
    """A new secret; the one before stays valid for 24 hours.

    A repeat of the operation rotates nothing: the one before would be lost with its receiver.
    """

    def step() -> WebhookSecrets:
        stored = _stored(user_id)
        if stored.rotation == operation_id:
            return _read(stored)
        rotated = _read(stored).rotated(clock.now())
        _store(user_id, _written(rotated, operation_id), instead_of=stored)
        return rotated

    return until_written(step)


def _stored(user_id: str) -> StoredSecret:
    return find_secret(user_id) or _store(user_id, _written(WebhookSecrets.new()), instead_of=None)


def _store(user_id: str, secret: StoredSecret, *, instead_of: StoredSecret | None) -> StoredSecret:
    transaction = Transaction()
    store_secret(transaction, user_id, secret, instead_of=instead_of)
    transaction.commit()
    return secret


def _read(stored: StoredSecret) -> WebhookSecrets:
    until = clock.parse(stored.previous_until) if stored.previous_until else None
    return WebhookSecrets(stored.current, stored.previous, until)


def _written(secrets: WebhookSecrets, rotation: str = "") -> StoredSecret:
    until = clock.iso_ms(secrets.previous_until) if secrets.previous_until else ""
    return StoredSecret(secrets.current, secrets.previous, until, rotation)
