"""Requests to an address that was checked, under the name that it was checked for."""

import ssl
from collections.abc import Sequence
from functools import cache

import httpx

from shared.net.addresses import Target


def pinned_request(
    client: httpx.AsyncClient,
    method: str,
    target: Target,
    *,
    headers: Sequence[tuple[str, str]],
    content: bytes | None,
) -> httpx.Request:
    """A request to the target's address, with its name in Host, in SNI and for its certificate.

    Header values are of Latin-1. The client is used for this one request: a kept connection
    belongs to an address, not to the name that it was checked for. It follows no redirects and
    no proxy of the environment.
    """
    return client.build_request(
        method,
        target.address_url,
        content=content,
        headers=[
            (name.encode("ascii"), value.encode("latin-1"))
            for name, value in (("Host", target.host_header), *headers)
        ],
        extensions={"sni_hostname": target.host},
    )


@cache
def default_tls() -> ssl.SSLContext:
    """Who is trusted unless a test says otherwise; reading the authorities takes 20 ms."""
    return httpx.create_ssl_context()


def is_of_tls(error: BaseException | None) -> bool:
    """Whether a request failed for its TLS, for instance for another name's certificate."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
