"""What the flow secret holds, and what is done with it (docs/decisions/0126).

The secret is flat: `{"current": "k1", "k1": "<128 characters>", …}`. Of a key's text the first 64
characters are the admin token, from the others come two keys: by one tokens are looked up, by
the other they are sealed. Older keys stay for tokens that were made with them.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from functions.code_api.settings import FlowSettings
from shared.aws.secrets import read_secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CURRENT = "current"
_ADMIN_CHARACTERS = 64
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class FlowKey:
    """One key of the secret."""

    id: str
    text: str

    @property
    def admin_token(self) -> str:
        """What an administrator sends; it is no part of the other keys."""
        return self.text[:_ADMIN_CHARACTERS]

    def lookup(self, token: str) -> str:
        """Under which text the token is stored; it tells nothing of the token."""
        return hmac.digest(self._derived(b"lookup"), token.encode(), sha256).hex()

    def seal(self, token: str, lookup: str) -> str:
        """The token encrypted (AES-256-GCM), bound to its place in the table."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher().encrypt(nonce, token.encode(), lookup.encode())
        return f"{self.id}.{base64.b64encode(sealed).decode()}"

    def open(self, sealed: str, lookup: str) -> str:
        """The token out of what `seal` gave.

        Raises:
            cryptography.exceptions.InvalidTag: it was altered, or stands in another's place.
        """
        packed = base64.b64decode(sealed.partition(".")[2])
        nonce, rest = packed[:_NONCE_BYTES], packed[_NONCE_BYTES:]
        opened: bytes = self._cipher().decrypt(nonce, rest, lookup.encode())
        return opened.decode()

    def _derived(self, purpose: bytes) -> bytes:
        # HKDF-Expand of one block (RFC 5869): the text is uniformly random already.
        root = self.text[_ADMIN_CHARACTERS:].encode()
        return hmac.digest(root, b"rolecraft flow " + purpose + b"\x01", sha256)

    def _cipher(self) -> "AESGCM":
        # 20 ms of import, which executions do without.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._derived(b"seal"))


def current_key() -> FlowKey:
    """The key in use."""
    return keys()[0]


def keys() -> list[FlowKey]:
    """All keys, the one in use first."""
    held = read_secret(FlowSettings.from_env().flow_secret_arn)
    current = held[CURRENT]
    others = sorted(name for name in held if name not in (CURRENT, current))
    return [FlowKey(name, held[name]) for name in (current, *others)]


def opened(sealed: str, lookup: str) -> str:
    """The token that was sealed with one of the keys.

    Raises:
        KeyError: with a key that the secret holds no more.
    """
    by_id = {key.id: key for key in keys()}
    return by_id[sealed.partition(".")[0]].open(sealed, lookup)


def is_admin_token(credential: str) -> bool:
    """Whether it is the admin token in use, compared in constant time."""
    return hmac.compare_digest(credential.encode(), current_key().admin_token.encode())
