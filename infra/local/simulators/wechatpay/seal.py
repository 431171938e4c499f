"""The platform's side of the cryptography: checks requests, signs answers, encrypts resources."""

import base64
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.local.simulators.wechatpay.keys import (
    PUBLIC_KEY_ID,
    PlatformKey,
    SimulatedKeys,
    load_key,
    new_platform_key,
)

_SCHEME = "WECHATPAY2-SHA256-RSA2048"
_FIELD = re.compile(r'(\w+)="([^"]*)"')
_SKEW_SECONDS = 300


class BadSignature(Exception):
    """A request that the merchant did not sign; `sign_message` is what should have been."""

    def __init__(self, why: str, sign_message: str = "") -> None:
        super().__init__(why)
        self.sign_message = sign_message


class Seal:
    """The platform's private keys and what it knows of one merchant.

    `published` are the certificates it tells of; `signs_with` seals answers and notices.
    """

    def __init__(self, keys: SimulatedKeys, clock: Callable[[], float] = time.time) -> None:
        self.keys = keys
        self._clock = clock
        self.signs_with = keys.platform
        self.published: list[PlatformKey] = [keys.platform]
        self._merchant = load_key(keys.private_key).public_key()

    def rotate(self) -> None:
        """A new certificate stands beside the old one and signs from now on."""
        self.signs_with = new_platform_key()
        self.published.append(self.signs_with)

    def use_public_key(self) -> None:
        """As for merchants who joined since 2024: no certificates, a public key with an id."""
        self.signs_with = PlatformKey(PUBLIC_KEY_ID, self.keys.platform_private_key)
        self.published.clear()

    def check_request(self, header: str, method: str, target: str, body: str) -> None:
        """Raises BadSignature."""
        scheme, _, rest = header.partition(" ")
        given = dict(_FIELD.findall(rest))
        if scheme != _SCHEME or not given.keys() >= {"mchid", "nonce_str", "timestamp"}:
            raise BadSignature("authorization header")
        if given["mchid"] != self.keys.mchid or given.get("serial_no") != self.keys.serial_no:
            raise BadSignature("merchant or serial number")
        if abs(self._clock() - int(given["timestamp"])) > _SKEW_SECONDS:
            raise BadSignature("timestamp")
        message = _lines(method, target, given["timestamp"], given["nonce_str"], body)
        try:
            self._merchant.verify(
                base64.b64decode(given.get("signature", "")),
                message.encode(),
                padding.PKCS1v15(),
                hashes.SHA256(),
            )
        except (InvalidSignature, ValueError):
            raise BadSignature("sign not match", message) from None

    def headers_for(self, body: str, *, age_s: int = 0, signature: str = "") -> dict[str, str]:
        """The five headers of an answer or a notice; `signature` puts another in its place."""
        timestamp, nonce = str(int(self._clock()) - age_s), secrets.token_hex(16)
        message = _lines(timestamp, nonce, body).encode()
        signer = self.signs_with
        real = load_key(signer.private_key).sign(message, padding.PKCS1v15(), hashes.SHA256())
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": signer.serial,
            "Wechatpay-Signature": signature or base64.b64encode(real).decode(),
            "Wechatpay-Signature-Type": _SCHEME,
            "Request-ID": secrets.token_hex(16).upper(),
        }

    def encrypted(self, plain: str, associated_data: str) -> dict[str, Any]:
        """An `AEAD_AES_256_GCM` resource under the merchant's API v3 key."""
        nonce = secrets.token_hex(6)
        sealed = AESGCM(self.keys.apiv3_key.encode()).encrypt(
            nonce.encode(), plain.encode(), associated_data.encode()
        )
        return {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": associated_data,
            "ciphertext": base64.b64encode(sealed).decode(),
        }


def _lines(*parts: str) -> str:
    return "".join(f"{part}\n" for part in parts)
