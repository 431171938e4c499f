"""Calls to addresses that callers name: to what was checked, and nowhere else.

A client of its own for each call: a kept connection belongs to an address, not to the name it was
checked for. No proxy of the environment, no redirect that is not checked again.
"""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpx
from pydantic import Field, Json

from shared.core.settings import Settings
from shared.net.addresses import (
    Allowed,
    Resolve,
    UnsafeAddress,
    authority_of,
    find_target,
    is_public,
    resolve_name,
)
from shared.net.pinned import pinned_request
from shared.net.tls import default_tls

_REDIRECTS = 3


class OutboundSettings(Settings):
    """TRUSTED_HOSTS: `{"host:port": "<PEM of its authority>"}` that may be private.

    For the local run and tests, which have receivers on this machine; always empty on AWS.
    """

    trusted_hosts: Json[dict[str, str]] = Field(default_factory=dict)


class TooLarge(Exception):
    """An answer has more bytes than were allowed."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """How names are looked up, which addresses may be called, whose certificates are trusted."""

    resolve: Resolve = resolve_name
    allowed: Allowed = is_public
    tls: ssl.SSLContext | None = None
    trusted: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_env(cls) -> "Outbound":
        """That of the running function."""
        return cls(trusted=OutboundSettings.from_env().trusted_hosts)

    @asynccontextmanager
    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        timeout_s: float,
    ) -> AsyncIterator[httpx.Response]:
        """One answer, its body not yet read; a redirect is an answer like any other.

        Raises:
            UnsafeAddress: it must not be called.
            httpx.HTTPError: there was no answer.
        """
        authority = self.trusted.get(authority_of(url))
        allowed = self.allowed if authority is None else _any_address
        target = await find_target(url, resolve=self.resolve, allowed=allowed)
        tls = self.tls if authority is None else ssl.create_default_context(cadata=authority)
        async with httpx.AsyncClient(
            verify=tls or default_tls(), trust_env=False, timeout=timeout_s
        ) as client:
            sent = [*headers.items(), ("Accept-Encoding", "identity")]
            request = pinned_request(client, method, target, headers=sent, content=body or None)
            response = await client.send(request, stream=True, follow_redirects=False)
            try:
                yield response
            finally:
                await response.aclose()

    async def read(self, url: str, *, most_bytes: int, timeout_s: float) -> bytes:
        """What a GET gives, over up to three redirects, each of them checked.

        Raises:
            UnsafeAddress: the address, or one it leads to, must not be called.
            TooLarge: it has more bytes.
            httpx.HTTPError: it cannot be read, or is not there.
        """
        for _ in range(_REDIRECTS + 1):
            async with self.call("GET", url, headers={}, timeout_s=timeout_s) as answer:
                if not answer.has_redirect_location:
                    answer.raise_for_status()
                    return await _read(answer, most_bytes)
                url = _joined(url, answer.headers["location"])
        raise httpx.TooManyRedirects("too many redirects")


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise UnsafeAddress("not_a_url") from error


async def _read(answer: httpx.Response, most_bytes: int) -> bytes:
    content = bytearray()
    async for piece in answer.aiter_raw():
        content += piece
        if len(content) > most_bytes:
            raise TooLarge
    return bytes(content)


def _any_address(_: object) -> bool:
    return True
