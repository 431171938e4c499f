"""One request and its response, HTTP/1.1 over a connection of its own.

h11 knows the protocol, asyncio the connection. A client with pools, proxies and cookies has nothing
to add where every connection goes to an address that was checked for this one request, and takes
a multiple of the time: to import and for each request (docs/decisions/0182).
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import h11

from shared.net.addresses import Target

_READ_BYTES = 65_536
# Of a response's head, and of what stands before a chunk.
_MOST_HEAD_BYTES = 102_400

Headers = Sequence[tuple[str, str]]


class Exchange:
    """Asked once, then read to its end, or closed before.

    Every step may raise OSError (with TLS' errors among them) and h11.ProtocolError.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEAD_BYTES)

    async def ask(
        self, method: str, path: str, headers: Headers, body: bytes | None
    ) -> h11.Response:
        """The head of the response.

        Raises:
            UnicodeError: the path is not of ASCII or a header not of Latin-1.
        """
        request = h11.Request(
            method=method.encode("ascii"),
            target=path.encode("ascii"),
            headers=[
                (name.encode("ascii"), value.encode("latin-1"))
                for name, value in (*headers, *_framing(method, body))
            ],
        )
        parts = [self._http.send(request)]
        if body:
            parts.append(self._http.send(h11.Data(data=body)))
        parts.append(self._http.send(h11.EndOfMessage()))
        # Sent while the answer is waited for, which may come before all of it is sent.
        self._writer.writelines(part for part in parts if part)
        # Responses that only inform (1xx) come before; anything else h11 refuses.
        while not isinstance(event := await self._next(), h11.Response):
            pass
        return event

    async def chunks(self) -> AsyncIterator[bytes]:
        """The response's body as it comes."""
        while isinstance(event := await self._next(), h11.Data):
            yield bytes(event.data)

    async def _next(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(_READ_BYTES))
        return event


def _framing(method: str, body: bytes | None) -> Headers:
    """The headers of message and connection (RFC 9110, 8.6; RFC 9112, 9.6)."""
    close = ("Connection", "close")
    if body is None and method not in ("POST", "PUT", "PATCH"):
        return (close,)
    return (close, ("Content-Length", str(len(body or b""))))


@asynccontextmanager
async def connected(target: Target, tls: ssl.SSLContext) -> AsyncIterator[Exchange]:
    """A connection to the target's address; its name is in SNI and what its certificate is for.

    Raises:
        OSError: there is none.
    """
    secure = target.scheme == "https"
    reader, writer = await asyncio.open_connection(
        target.address,
        target.port,
        ssl=tls if secure else None,
        server_hostname=target.host if secure else None,
    )
    try:
        yield Exchange(reader, writer)
    finally:
        writer.transport.abort()
