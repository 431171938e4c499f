"""What WeChat Pay encrypts for the merchant: AES-256-GCM under the API v3 key.

Source: pay.weixin.qq.com/doc/v3/merchant/4012071382. The nonce is twelve ASCII characters, the
16-byte tag stands behind the ciphertext, `associated_data` may be empty.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ALGORITHM = "AEAD_AES_256_GCM"


class Undecryptable(ValueError):
    """Not encrypted for this merchant, or altered."""


def decrypt(key: bytes, resource: Mapping[str, Any]) -> bytes:
    """The plain text of `{"algorithm", "nonce", "associated_data", "ciphertext"}`.

    Raises:
        Undecryptable: another algorithm, another key, or an altered text.
    """
    if resource.get("algorithm", ALGORITHM) != ALGORITHM:
        raise Undecryptable("algorithm")
    try:
        nonce = str(resource["nonce"]).encode()
        ciphertext = base64.b64decode(str(resource["ciphertext"]), validate=True)
        associated = str(resource.get("associated_data") or "").encode()
        return AESGCM(key).decrypt(nonce, ciphertext, associated)
    except (InvalidTag, KeyError, ValueError, binascii.Error) as error:
        raise Undecryptable(type(error).__name__) from error


def encrypt(key: bytes, plain: bytes, *, nonce: str, associated_data: str) -> dict[str, str]:
    """The resource that `decrypt` reads: what WeChat Pay does."""
    ciphertext = AESGCM(key).encrypt(nonce.encode(), plain, associated_data.encode())
    return {
        "algorithm": ALGORITHM,
        "nonce": nonce,
        "associated_data": associated_data,
        "ciphertext": base64.b64encode(ciphertext).decode(),
    }
