"""The stream of a chat answer, whole or broken on purpose."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from infra.local.simulators.openai import answers
from infra.local.simulators.openai.control import Behaviour, Control, Stream

_HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
_ERROR = {"error": {"message": "The server had an error.", "type": "server_error", "code": None}}
_KEEP_ALIVE_SECONDS = 0.05


async def send_stream(
    request: web.Request, control: Control, body: dict[str, Any], behaviour: Behaviour
) -> web.StreamResponse:
    """Send the answer; ends when the client goes."""
    response = web.StreamResponse(headers=_HEADERS)
    await response.prepare(request)
    with control.stream(str(body["model"])) as record:
        try:
            await asyncio.sleep(behaviour.first_ms / 1000)
            await _send(request, response, control, body, behaviour, record)
        except ConnectionResetError:  # of aiohttp, when the transport is closing
            record.state = "closed by client"
    return response


async def _send(
    request: web.Request,
    response: web.StreamResponse,
    control: Control,
    body: dict[str, Any],
    behaviour: Behaviour,
    record: Stream,
) -> None:
    if behaviour.mode == "keep-alive":
        await _quiet(request, response, control, comment=True)
    events = _events(body, behaviour)
    broken_after = _length(body, behaviour) // 2 if _breaks(behaviour.mode) else None
    async for event in events:
        await response.write(event)
        record.chunks += 1
        if record.chunks == broken_after:
            await _break(request, response, control, behaviour.mode)
            record.state = behaviour.mode
            return
        if behaviour.chunk_ms:
            await asyncio.sleep(behaviour.chunk_ms / 1000)
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    record.state = "complete"


def _breaks(mode: str) -> bool:
    return mode in ("cut", "stall", "error-event", "invalid-json")


async def _break(
    request: web.Request, response: web.StreamResponse, control: Control, mode: str
) -> None:
    if mode == "stall":
        await _quiet(request, response, control, comment=False)
    elif mode == "error-event":
        await response.write(b"data: " + json.dumps(_ERROR).encode() + b"\n\n")
    elif mode == "invalid-json":
        await response.write(b'data: {"choices": [{"delta": \n\n')
    if request.transport:
        request.transport.close()  # without the last chunk: the client sees a cut


async def _quiet(
    request: web.Request, response: web.StreamResponse, control: Control, *, comment: bool
) -> None:
    """Nothing, or keep-alive comments only, until the client goes or the server stops."""
    while request.transport and not request.transport.is_closing():
        if control.stopping.is_set():
            return
        if comment:
            await response.write(b": keep-alive\n\n")
        await asyncio.sleep(_KEEP_ALIVE_SECONDS)


def _length(body: dict[str, Any], behaviour: Behaviour) -> int:
    if answers.tool_call(body, behaviour.mode):
        return 4
    return max(2, len(answers.pieces(_said(body, behaviour), behaviour.chunks)))


def _said(body: dict[str, Any], behaviour: Behaviour) -> str:
    return behaviour.content or answers.compose(body)


async def _events(body: dict[str, Any], behaviour: Behaviour) -> AsyncIterator[bytes]:
    head = {
        "id": f"chatcmpl-sim-{len(body['messages'])}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": body["model"],
    }
    call = answers.tool_call(body, behaviour.mode)
    answer = "" if call else _said(body, behaviour)
    found = answers.pieces(answer, behaviour.chunks)
    if behaviour.mode == "blank":
        found = [" ", " "]
    deltas = _call_deltas(call) if call else [{"content": piece} for piece in found]
    yield _chunk(head, {"role": "assistant", "content": None if call else ""})
    for delta in deltas:
        yield _chunk(head, delta)
    yield _chunk(head, {}, "tool_calls" if call else "stop")
    if (body.get("stream_options") or {}).get("include_usage"):
        usage = answers.usage(body, "".join(found))
        yield _event({**head, "choices": [], "usage": usage})


def _call_deltas(call: dict[str, Any]) -> list[dict[str, Any]]:
    """The call as servers send it: its name first, then its arguments in two pieces."""
    function = call["function"]
    arguments = function["arguments"]
    half = len(arguments) // 2
    opening = {**call, "index": 0, "function": {"name": function["name"], "arguments": ""}}
    parts = [
        {"index": 0, "function": {"arguments": part}}
        for part in (arguments[:half], arguments[half:])
    ]
    return [{"tool_calls": [piece]} for piece in (opening, *parts)]


def _chunk(head: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _event({**head, "choices": [choice]})


def _event(payload: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(payload, ensure_ascii=False).encode() + b"\n\n"
