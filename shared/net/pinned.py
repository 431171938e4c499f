"""Requests to an address that was checked, under the name that it was checked for."""

from collections.abc import Sequence

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
