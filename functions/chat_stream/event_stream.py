"""A response of server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

HEADERS: Final = {
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}
Until = Callable[[], Awaitable[object]]


class EventStream(StreamingResponse):
    """Sends pieces as they come.

    Args:
        pieces: the bytes of one or more events each.
        until: for the request that makes the answer. Its response does not end before this has,
            whether anybody still listens or not: on Lambda the process is frozen as soon as the
            response has ended. Without it, the stream ends when the client has left.
    """

    def __init__(self, pieces: AsyncIterator[bytes], until: Until | None = None) -> None:
        super().__init__(pieces, headers=HEADERS, media_type="text/event-stream")
        self._pieces, self._until = pieces, until

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        head = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        if self._until is None:
            await self._send_while_heard(head, receive, send)
            return
        try:
            await self._send_all(head, send)
        except OSError:  # nobody listens any more
            pass
        finally:
            await self._until()

    async def _send_all(self, head: dict[str, object], send: Send) -> None:
        await send(head)
        async for piece in self._pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_while_heard(
        self, head: dict[str, object], receive: Receive, send: Send
    ) -> None:
        sending = asyncio.create_task(self._send_all(head, send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            if sending.done() and not isinstance(sending.exception(), OSError):
                sending.result()
        finally:
            sending.cancel()
            leaving.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
