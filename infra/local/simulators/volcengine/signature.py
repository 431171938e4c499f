"""The gateway's check of a signature, in the order of the real one."""

import hashlib
import hmac
import re
import time
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

REGION, SERVICE = "cn-north-1", "cv"
SKEW_SECONDS = 15 * 60
_AUTHORIZATION = re.compile(
    r"HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)"
    r"/request, SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)
_NEEDED = {"host", "x-date", "x-content-sha256"}


class Refused(Exception):
    """The gateway's refusal."""

    def __init__(self, status: int, number: int, code: str, message: str) -> None:
        self.status, self.number, self.code, self.message = status, number, code, message
        super().__init__(f"{code}: {message}")


@dataclass(frozen=True)
class Received:
    """A request as it came; `headers` in lower case, `query` as it stood in the address."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def check(received: Received, secrets: Mapping[str, str], now: float | None = None) -> str:
    """The access key of a request that is signed rightly.

    Raises:
        Refused: it is not.
    """
    text = received.headers.get("authorization")
    if not text:
        raise Refused(401, 100005, "MissingSignature", "The request has no signature")
    told = _AUTHORIZATION.fullmatch(text)
    if not told or not set(told["names"].split(";")) >= _NEEDED:
        raise Refused(400, 100004, "MissingRequestInfo", "Authorization cannot be read")
    _check_date(received, told["date"], time.time() if now is None else now)
    if told["key"] not in secrets:
        raise Refused(401, 100009, "InvalidAccessKey", "The access key is unknown")
    if (told["service"], told["region"]) != (SERVICE, REGION):
        raise Refused(401, 100010, "SignatureDoesNotMatch", "The credential scope is not ours")
    expected = _signature(received, told, secrets[told["key"]])
    if not hmac.compare_digest(expected, told["signature"]):
        raise Refused(401, 100010, "SignatureDoesNotMatch", "The signature does not match")
    return told["key"]


def _check_date(received: Received, scope_date: str, now: float) -> None:
    stamp = received.headers.get("x-date", "")
    try:
        moment = timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise Refused(400, 100006, "InvalidTimestamp", "X-Date cannot be read") from None
    if stamp[:8] != scope_date or abs(now - moment) > SKEW_SECONDS:
        raise Refused(400, 100006, "InvalidTimestamp", "Expired, or from the future")


def _signature(received: Received, told: re.Match[str], secret: str) -> str:
    names = told["names"].split(";")
    lines = "".join(f"{name}:{received.headers.get(name, '').strip()}\n" for name in names)
    pairs = sorted(parse_qsl(received.query, keep_blank_values=True))
    query = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in pairs)
    digest = hashlib.sha256(received.body).hexdigest()
    canonical = "\n".join(
        (received.method, received.path, query, lines, told["names"], digest)
    ).encode()
    scope = f"{told['date']}/{told['region']}/{told['service']}/request"
    hashed = hashlib.sha256(canonical).hexdigest()
    text = f"HMAC-SHA256\n{received.headers['x-date']}\n{scope}\n{hashed}"
    key = secret.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
