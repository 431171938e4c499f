"""Whether WeChat Pay really said it: the platform's keys by serial, a signature, a fresh moment."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate

from shared.core import clock
from shared.payments.wechat.encryption import decrypt
from shared.payments.wechat.merchant import Merchant
from shared.payments.wechat.signing import answer_message, is_signed

SKEW_SECONDS = 300
_PROBE = "WECHATPAY/SIGNTEST/"
_KEEP = timedelta(hours=12)
# A serial nobody knows must not make us ask for certificates again and again.
_ASK_AGAIN = timedelta(seconds=60)
Certificates = Callable[[], Awaitable[list[Mapping[str, Any]]]]


class Forged(ValueError):
    """Not signed by WeChat Pay, or long ago. `probe`: a deliberate test, nothing to worry about."""

    def __init__(self, reason: str, *, probe: bool = False) -> None:
        super().__init__(reason)
        self.probe = probe


class PlatformKeys:
    """The platform's public keys: the one the operator entered, and certificates it publishes.

    Certificates are kept for twelve hours and asked for anew when an unknown serial signs.

    Args:
        fetch: gives the items of `GET /v3/certificates`.
    """

    def __init__(self, merchant: Merchant, fetch: Certificates) -> None:
        self._merchant = merchant
        self._fetch = fetch
        self._published: dict[str, RSAPublicKey] = {}
        self._asked_at: datetime | None = None

    async def find(self, serial: str) -> RSAPublicKey | None:
        """The key of that serial or id."""
        if serial in self._merchant.public_keys:
            return self._merchant.public_keys[serial]
        age = clock.now() - self._asked_at if self._asked_at else None
        if age is None or age > _KEEP or (serial not in self._published and age > _ASK_AGAIN):
            await self._refresh()
        return self._published.get(serial)

    async def _refresh(self) -> None:
        listed = await self._fetch()
        self._published = published_keys(self._merchant, listed)
        self._asked_at = clock.now()


def published_keys(merchant: Merchant, listed: list[Mapping[str, Any]]) -> dict[str, RSAPublicKey]:
    """The keys in the items of `GET /v3/certificates` that are valid now, by serial.

    Raises:
        Undecryptable: they were not made for this merchant.
    """
    keys: dict[str, RSAPublicKey] = {}
    for item in listed:
        pem = decrypt(merchant.apiv3_key, item["encrypt_certificate"])
        certificate = load_pem_x509_certificate(pem)
        key = certificate.public_key()
        valid = certificate.not_valid_before_utc <= clock.now() <= certificate.not_valid_after_utc
        if valid and isinstance(key, RSAPublicKey):
            keys[str(item["serial_no"])] = key
    return keys


async def verify(
    headers: Mapping[str, str],
    body: str,
    find: Callable[[str], Awaitable[RSAPublicKey | None]],
) -> None:
    """Check an answer or a notice, whose header names are in lower case.

    Raises:
        Forged: it is not from WeChat Pay.
    """
    signature = headers.get("wechatpay-signature", "")
    if signature.startswith(_PROBE):
        raise Forged("signature probe", probe=True)
    try:
        age = clock.timestamp() - int(headers.get("wechatpay-timestamp", ""))
    except ValueError:
        raise Forged("no timestamp") from None
    if abs(age) > SKEW_SECONDS:
        raise Forged("timestamp too far off")
    key = await find(headers.get("wechatpay-serial", ""))
    if key is None:
        raise Forged("unknown serial")
    if not is_signed(key, answer_message(headers, body), signature):
        raise Forged("signature does not match")
