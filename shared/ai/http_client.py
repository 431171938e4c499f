"""One httpx client per event loop: a pooled connection belongs to the loop that opened it.

A loop that lives shorter than the process ends with `close_http_client`; what others leave is
dropped when the next client is made.
"""

import asyncio
import ssl
from functools import cache

import httpx

# One process serves many streams at once (locally, and where instances share an environment).
_LIMITS = httpx.Limits(max_connections=1000, max_keepalive_connections=100, keepalive_expiry=60)
_clients: dict[asyncio.AbstractEventLoop, httpx.AsyncClient] = {}


def http_client() -> httpx.AsyncClient:
    """The client of the running loop; timeouts are set with each call."""
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None:
        client = httpx.AsyncClient(
            limits=_LIMITS, verify=_tls(), headers={"User-Agent": "rolecraft"}
        )
        use_http_client(client)
    return client


def use_http_client(client: httpx.AsyncClient) -> None:
    """From now on the client of the running loop (tests put a transport of their own there)."""
    for loop in [loop for loop in _clients if loop.is_closed()]:
        del _clients[loop]
    _clients[asyncio.get_running_loop()] = client


async def close_http_client() -> None:
    """Close the running loop's client and its connections, if it has one."""
    client = _clients.pop(asyncio.get_running_loop(), None)
    if client is not None:
        await client.aclose()


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()
