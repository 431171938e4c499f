"""The signature of Standard Webhooks, with two secrets while one replaces the other.

Source: the Standard Webhooks specification (github.com/standard-webhooks/standard-webhooks).
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

_PREFIX = "whsec_"
_SECRET_BYTES = 32
ROTATION = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class WebhookSecrets:
    """A user's secret, and the one before it for 24 hours after a rotation."""

    current: str
    previous: str = ""
    previous_until: datetime | None = None

    @classmethod
    def new(cls) -> "WebhookSecrets":
        return cls(new_secret())

    def rotated(self, now: datetime) -> "WebhookSecrets":
        """A new secret; the present one stays valid for 24 hours, an older one no longer."""
        return WebhookSecrets(new_secret(), self.current, now + ROTATION)

    def valid(self, now: datetime) -> tuple[str, ...]:
        """The secrets to sign with at that (aware) moment, the newest first."""
        if self.previous and self.previous_until and now < self.previous_until:
            return self.current, self.previous
        return (self.current,)


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def webhook_headers(
    webhook_id: str, moment: datetime, body: bytes, valid_secrets: Iterable[str]
) -> dict[str, str]:
    """The three headers of a delivery; one signature for each secret, parted by spaces.

    Raises:
        ValueError: a secret is not of the form `whsec_<base64>`.
    """
    stamp = str(int(moment.timestamp()))
    content = b".".join((webhook_id.encode(), stamp.encode(), body))
    signatures = [f"v1,{_signature(secret, content)}" for secret in valid_secrets]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: str, content: bytes) -> str:
    try:
        if not secret.startswith(_PREFIX):
            raise ValueError("no prefix")
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("a webhook secret is whsec_<base64>") from None  # shows no secret
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
