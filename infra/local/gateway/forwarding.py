"""Passes one request on and its answer back, chunk by chunk."""

import io
from collections.abc import Iterable

from aiohttp import ClientError, ClientResponse, ClientSession, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

# RFC 9110 §7.6.1: these belong to one connection, not to the message.
_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
# Set anew for the next hop.
_OF_THIS_HOP = {"host", "content-length", "x-forwarded-for", "x-forwarded-proto", "expect"}


async def forward(
    request: web.Request, session: ClientSession, upstream: str
) -> web.StreamResponse:
    """Raises aiohttp.ClientError when the upstream does not answer.

    A cancelled request (its client is gone) closes the upstream's connection too.
    """
    body = await request.read()
    async with session.request(
        request.method,
        URL(upstream + request.raw_path, encoded=True),
        headers=_request_headers(request),
        data=io.BytesIO(body) if body else None,
        allow_redirects=False,
    ) as answer:
        return await _pass_back(request, answer)


async def _pass_back(request: web.Request, answer: ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, reason=answer.reason)
    response.headers.extend(_end_to_end(answer.headers, ()))
    await response.prepare(request)
    try:
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
        await response.write_eof()
    except ClientError:
        # The status is out already: only a cut connection tells the client that more was due.
        if request.transport is not None:
            request.transport.abort()
    return response


def _request_headers(request: web.Request) -> CIMultiDict[str]:
    headers = _end_to_end(request.headers, _OF_THIS_HOP)
    chain = [*request.headers.getall("X-Forwarded-For", []), request.remote or ""]
    headers["X-Forwarded-For"] = ", ".join(filter(None, chain))
    headers["X-Forwarded-Proto"] = request.scheme
    headers["X-Forwarded-Host"] = request.host
    return headers


def _end_to_end(headers: CIMultiDictProxy[str], dropped: Iterable[str]) -> CIMultiDict[str]:
    listed = ",".join(headers.getall("Connection", ())).lower().split(",")
    unwanted = _HOP_BY_HOP | {name.strip() for name in listed} | set(dropped)
    return CIMultiDict((k, v) for k, v in headers.items() if k.lower() not in unwanted)
