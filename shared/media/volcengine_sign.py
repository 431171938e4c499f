"""The signature of Volcengine's gateway: HMAC-SHA256, "V4".

Source: volcengine.com/docs/6369/67269 (signing method) and SignerV4 of the official Python SDK.
Unlike AWS's it has no prefix before the secret, and its scope ends with `request`.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

_ALGORITHM = "HMAC-SHA256"
_DEFAULT_PORTS = (":80", ":443")


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key; the secret is used as its literal text, never decoded."""

    access_key: str
    secret_key: str
    session_token: str = ""

    @classmethod
    def of_key(cls, key: str) -> "Credentials":
        """Out of the providers' secret: `<access key id>:<secret access key>[:<token>]`."""
        access_key, _, rest = key.partition(":")
        secret_key, _, session_token = rest.partition(":")
        return cls(access_key, secret_key, session_token)


@dataclass(frozen=True, slots=True)
class Call:
    """What is signed. `body` is sent byte for byte as signed; `host` with its port, if it has one.

    The query's values stand unencoded; `query_text` is what belongs into the address.
    """

    method: str
    host: str
    query: Mapping[str, str]
    body: bytes = b""
    path: str = "/"
    content_type: str = "application/json"

    @property
    def query_text(self) -> str:
        return "&".join(f"{_encode(k)}={_encode(v)}" for k, v in sorted(self.query.items()))


def signed_headers(
    call: Call,
    credentials: Credentials,
    moment: datetime,
    *,
    region: str = "cn-north-1",
    service: str = "cv",
) -> dict[str, str]:
    """The headers a call needs, `Authorization` among them; `moment` is aware."""
    stamp = moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    body_hash = hashlib.sha256(call.body).hexdigest()
    headers = {
        "Content-Type": call.content_type,
        "Host": _bare(call.host),
        "X-Content-Sha256": body_hash,
        "X-Date": stamp,
    }
    if credentials.session_token:
        headers["X-Security-Token"] = credentials.session_token
    names, canonical = _canonical(call, headers, body_hash)
    scope = f"{stamp[:8]}/{region}/{service}/request"
    text = "\n".join((_ALGORITHM, stamp, scope, hashlib.sha256(canonical).hexdigest()))
    key = _signing_key(credentials.secret_key, scope)
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    granted = f"Credential={credentials.access_key}/{scope}"
    headers["Authorization"] = (
        f"{_ALGORITHM} {granted}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


def _canonical(call: Call, headers: Mapping[str, str], body_hash: str) -> tuple[str, bytes]:
    lines = sorted((name.lower(), value.strip()) for name, value in headers.items())
    names = ";".join(name for name, _ in lines)
    signed = "".join(f"{name}:{value}\n" for name, value in lines)
    parts = (call.method, call.path, call.query_text, signed, names, body_hash)
    return names, "\n".join(parts).encode()


def _signing_key(secret: str, scope: str) -> bytes:
    key = secret.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _bare(host: str) -> str:
    for port in _DEFAULT_PORTS:
        host = host.removesuffix(port)
    return host


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")
