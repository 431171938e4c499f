"""One httpx client per event loop: a pooled connection belongs to the loop that opened it."""

import asyncio
import ssl
from functools import cache
from weakref import WeakKeyDictionary

import httpx

# One process serves many streams at once (locally, and where instances share an environment).
_LIMITS = httpx.Limits(max_connections=1000, max_keepalive_connections=100, keepalive_expiry=60)
_clients: "WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]" = WeakKeyDictionary()


def http_client() -> httpx.AsyncClient:
    """The client of the running loop; timeouts are set with each call."""
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None:
        client = httpx.AsyncClient(
            limits=_LIMITS, verify=_tls(), headers={"User-Agent": "rolecraft"}
        )
        _clients[loop] = client
    return client


def use_http_client(client: httpx.AsyncClient) -> None:
    """From now on the client of the running loop (tests put a transport of their own there)."""
    _clients[asyncio.get_running_loop()] = client


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()
