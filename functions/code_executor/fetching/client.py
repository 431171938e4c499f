"""One request with its redirects: each address is looked up, checked, and then connected to."""

import asyncio
import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urljoin, urlsplit

import h11

from functions.code_executor.fetching.decoding import ACCEPTED, TooLarge, Undecodable, read_body
from functions.code_executor.fetching.exchange import Exchange, connected
from functions.code_executor.fetching.operations import Fetch
from shared.net.addresses import (
    Allowed,
    Resolve,
    UnsafeAddress,
    find_target,
    is_public,
    resolve_name,
)
from shared.net.tls import default_tls, is_of_tls

_LONGEST_URL = 8_192
_AGENT = "rolecraft-code-block"
_REDIRECTS = {301, 302, 303, 307, 308}
_OF_THE_ORIGIN = {"authorization", "cookie"}
_OF_THE_BODY = {"content-type", "content-encoding", "content-language", "content-location"}
# Ports of services that an HTTP request could be taken for a command of (Fetch Standard, 2.9).
_BAD_PORTS = {
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389,
    427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636,
    989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665,
    6666, 6667, 6668, 6669, 6679, 6697, 10080,
}  # fmt: skip
_TEXTS = {
    "ERR_BLOCKED_ADDRESS": "目标不是公网地址 / the target is not on the public internet",
    "ERR_BLOCKED_PORT": "不允许的端口 / the port is not allowed",
    "ERR_INVALID_URL": "URL 无效 / the URL is not valid",
    "ERR_NAME_NOT_RESOLVED": "域名无法解析 / the name has no address",
    "ERR_TIMEOUT": "请求超时 / the request took too long",
    "ERR_TLS": "TLS 握手或证书校验失败 / TLS failed, or the certificate is not valid",
    "ERR_CONNECTION": "连接失败 / the connection failed",
    "ERR_TOO_MANY_REDIRECTS": "重定向过多 / too many redirects",
    "ERR_UNEXPECTED_REDIRECT": "不允许重定向 / a redirect was not expected",
    "ERR_RESPONSE_TOO_LARGE": "响应体过大 / the response is too large",
    "ERR_CONTENT_DECODING": "响应体无法解码 / the response cannot be decoded",
}
_REASONS = {
    "not_public": "ERR_BLOCKED_ADDRESS",
    "unknown_host": "ERR_NAME_NOT_RESOLVED",
}


class FetchFailed(Exception):
    """There is no response; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the child is given: JSON about the response, and its body."""

    about: bytes
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class FetchClient:
    """Sends what children ask for.

    Attributes:
        limit_s, limit_bytes: of one request, redirects included, and of its response's body.
        resolve, allowed, tls: how names are looked up, which addresses may be called, and whose
            certificates are trusted; tests with a server of their own set them.
    """

    limit_s: float
    limit_bytes: int
    max_redirects: int
    resolve: Resolve = resolve_name
    allowed: Allowed = is_public
    tls: ssl.SSLContext | None = None

    async def perform(self, fetch: Fetch) -> Answer:
        """The response, or why there is none; it raises nothing but cancellation."""
        try:
            async with asyncio.timeout(self.limit_s):
                return await self._follow(fetch)
        except FetchFailed as error:
            return failure(fetch.id, error.code)
        except UnsafeAddress as error:
            return failure(fetch.id, _REASONS.get(error.reason, "ERR_INVALID_URL"))
        except TimeoutError:
            return failure(fetch.id, "ERR_TIMEOUT")
        except TooLarge:
            return failure(fetch.id, "ERR_RESPONSE_TOO_LARGE")
        except Undecodable:
            return failure(fetch.id, "ERR_CONTENT_DECODING")
        except (OSError, UnicodeError, h11.ProtocolError) as error:
            return failure(fetch.id, "ERR_TLS" if is_of_tls(error) else "ERR_CONNECTION")

    async def _follow(self, fetch: Fetch) -> Answer:
        hop = fetch
        for hops in range(self.max_redirects + 1):
            answer_or_next = await self._send(hop, redirected=hops > 0)
            if isinstance(answer_or_next, Answer):
                return answer_or_next
            hop = answer_or_next
        raise FetchFailed("ERR_TOO_MANY_REDIRECTS")

    async def _send(self, fetch: Fetch, *, redirected: bool) -> Answer | Fetch:
        """One hop: the answer, or the request that its redirect asks for."""
        target = await find_target(
            fetch.url,
            resolve=self.resolve,
            allowed=self.allowed,
            schemes=("https", "http"),
            longest=_LONGEST_URL,
        )
        if target.port in _BAD_PORTS:
            raise FetchFailed("ERR_BLOCKED_PORT")
        async with connected(target, self.tls or default_tls()) as exchange:
            headers = (("Host", target.host_header), *_headers(fetch))
            response = await exchange.ask(fetch.method, target.request_path, headers, fetch.body)
            following = _redirect(fetch, response)
            if following is not None:
                return following
            return await self._answer(fetch, exchange, response, redirected=redirected)

    async def _answer(
        self, fetch: Fetch, exchange: Exchange, response: h11.Response, *, redirected: bool
    ) -> Answer:
        encoding = (_header(response, b"content-encoding") or b"").decode("latin-1")
        body = await read_body(exchange.chunks(), encoding, self.limit_bytes)
        about = {
            "id": fetch.id,
            "url": fetch.url,
            "redirected": redirected,
            "status": response.status_code,
            "statusText": response.reason.decode("ascii", "ignore"),
            "headers": [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in response.headers.raw_items()
            ],
        }
        return Answer(json.dumps(about).encode(), body)


def failure(fetch_id: int, code: str) -> Answer:
    """The answer to a request without response."""
    error = {"code": code, "message": _TEXTS[code]}
    return Answer(json.dumps({"id": fetch_id, "error": error}).encode())


def _headers(fetch: Fetch) -> Sequence[tuple[str, str]]:
    given = {name.lower() for name, _ in fetch.headers}
    defaults = [("Accept", "*/*"), ("User-Agent", _AGENT)]
    added = [(name, value) for name, value in defaults if name.lower() not in given]
    return [*added, ("Accept-Encoding", ACCEPTED), *fetch.headers]


def _header(response: h11.Response, name: bytes) -> bytes | None:
    values = [value for key, value in response.headers if key == name]
    return b", ".join(values) if values else None


def _redirect(fetch: Fetch, response: h11.Response) -> Fetch | None:
    """The request that a redirect asks for (Fetch Standard, 4.4)."""
    location = _header(response, b"location")
    if response.status_code not in _REDIRECTS or location is None or fetch.redirect == "manual":
        return None
    if fetch.redirect == "error":
        raise FetchFailed("ERR_UNEXPECTED_REDIRECT")
    url = urljoin(fetch.url, quote(location, safe="!#$%&'()*+,/:;=?@[]~"))
    following = replace(fetch, url=url)
    if _becomes_get(response.status_code, fetch.method):
        following = replace(
            following, method="GET", body=None, headers=_without(following, _OF_THE_BODY)
        )
    if _origin(url) != _origin(fetch.url):
        following = replace(following, headers=_without(following, _OF_THE_ORIGIN))
    return following


def _becomes_get(status: int, method: str) -> bool:
    if status == 303:
        return method not in ("GET", "HEAD")
    return status in (301, 302) and method == "POST"


def _without(fetch: Fetch, names: set[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in fetch.headers if name.lower() not in names)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
