"""The HTTP side: routes, keys, plain answers, and the faults that come before a stream."""

import asyncio
import itertools
import json
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from infra.local.simulators.openai import answers, vectors
from infra.local.simulators.openai.control import Behaviour, Control
from infra.local.simulators.openai.streams import send_stream

CONTROL = web.AppKey("control", Control)
KEYS = web.AppKey("keys", frozenset[str])
MODELS = ("sim", "sim-slow", "sim-tools", "sim-embedding")
DEFAULT_KEYS = ("sim-key", "sim-key-2")
SILENCE_SECONDS = 120.0
_numbers = itertools.count(1)

# status → (message, type, code), as the providers say it
_REFUSALS: dict[str, tuple[str, str, str | None]] = {
    "401": ("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
    "402": ("Insufficient Balance", "unknown_error", "invalid_request_error"),
    "403": ("Your account has an overdue balance.", "Forbidden", "AccountOverdueError"),
    "404": ("The model does not exist.", "invalid_request_error", "model_not_found"),
    "429": ("Rate limit reached.", "requests", "rate_limit_exceeded"),
    "500": ("The server had an error.", "server_error", None),
    "503": ("Overloaded.", "server_error", "server_is_overloaded"),
}


def make_app(keys: tuple[str, ...] = DEFAULT_KEYS) -> web.Application:
    """The simulator, with the keys it takes."""
    app = web.Application(client_max_size=32 * 1024 * 1024, middlewares=[_counted])
    app[CONTROL] = Control()
    app[KEYS] = frozenset(keys)
    app.router.add_get("/_control", _show_control)
    app.router.add_post("/_control", _take_order)
    app.router.add_get("/v1/models", _list_models)
    app.router.add_post("/v1/chat/completions", _chat)
    app.router.add_post("/v1/embeddings", _embed)
    app.on_shutdown.append(_let_go)
    return app


@web.middleware
async def _counted(request: web.Request, handler: Any) -> web.StreamResponse:
    control = request.app[CONTROL]
    if request.path == "/_control":
        return await _answer(handler, request)
    control.requests[request.path] += 1
    key = request.headers.get("Authorization", "").removeprefix("Bearer ")
    control.keys[key] += 1
    if key not in request.app[KEYS]:
        return _refusal("401")
    async with _counted_connection(control, request):
        return await _answer(handler, request)


async def _answer(handler: Any, request: web.Request) -> web.StreamResponse:
    response: web.StreamResponse = await handler(request)
    return response


@asynccontextmanager
async def _counted_connection(control: Control, request: web.Request) -> AsyncIterator[None]:
    control.connections.add(id(request))
    peer = request.transport.get_extra_info("peername") if request.transport else None
    if peer:
        control.ports.add(peer[1])
    try:
        yield
    finally:
        control.connections.discard(id(request))


async def _show_control(request: web.Request) -> web.Response:
    return web.json_response(request.app[CONTROL].report(), dumps=_dumps)


async def _take_order(request: web.Request) -> web.Response:
    try:
        request.app[CONTROL].instruct(await request.json())
    except (ValueError, TypeError, AttributeError) as error:
        return web.json_response({"error": str(error)}, status=400)
    return await _show_control(request)


async def _list_models(request: web.Request) -> web.Response:
    del request
    data = [{"id": name, "object": "model", "created": 0, "owned_by": "sim"} for name in MODELS]
    return web.json_response({"object": "list", "data": data})


async def _embed(request: web.Request) -> web.StreamResponse:
    body = await _body(request)
    behaviour = request.app[CONTROL].behaviour(str(body.get("model", "")))
    fault = await _fault(request, behaviour)
    if fault:
        return fault
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    size = int(body.get("dimensions") or vectors.DIMENSIONS)
    found = [vectors.vector(text, size) for text in texts]
    as_text = body.get("encoding_format") == "base64"
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": vectors.encoded(numbers) if as_text else numbers,
        }
        for index, numbers in enumerate(found)
    ]
    tokens = sum(map(len, texts))
    counted = {"prompt_tokens": tokens, "total_tokens": tokens}
    answer = {"object": "list", "data": data, "model": body["model"], "usage": counted}
    return web.json_response(answer, dumps=_dumps)


async def _chat(request: web.Request) -> web.StreamResponse:
    body = await _body(request)
    if not body.get("model") or not body.get("messages"):
        error = {"message": "model and messages are required", "type": "invalid_request_error"}
        return web.json_response({"error": {**error, "param": None, "code": None}}, status=400)
    behaviour = request.app[CONTROL].behaviour(str(body["model"]))
    fault = await _fault(request, behaviour)
    if fault:
        return fault
    if body.get("stream"):
        return await send_stream(request, request.app[CONTROL], body, behaviour)
    await asyncio.sleep(behaviour.first_ms / 1000)
    return await _whole(request, body, behaviour)


async def _whole(
    request: web.Request, body: dict[str, Any], behaviour: Behaviour
) -> web.StreamResponse:
    call = answers.tool_call(body, behaviour.mode)
    content = None if call else behaviour.content or answers.compose(body)
    if behaviour.chunks and content:
        content = "".join(answers.pieces(content, behaviour.chunks))
    if behaviour.mode == "blank":
        content = "   "
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if call:
        message["tool_calls"] = [call]
    payload = {
        "id": f"chatcmpl-sim{next(_numbers)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body["model"],
        "choices": [
            {"index": 0, "message": message, "finish_reason": "tool_calls" if call else "stop"}
        ],
        "usage": answers.usage(body, content or ""),
    }
    text = _dumps(payload)
    if behaviour.mode == "invalid-json":
        text = text[: len(text) // 2]
    if behaviour.mode in ("cut", "stall"):
        return await _half(request, text, behaviour)
    return web.Response(text=text, content_type="application/json")


async def _half(request: web.Request, text: str, behaviour: Behaviour) -> web.StreamResponse:
    """Half of what the headers promise; then the end, or silence."""
    content = text.encode()
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = len(content)
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    if behaviour.mode == "stall":
        await _silence(request)
    if request.transport:
        request.transport.close()
    return response


async def _fault(request: web.Request, behaviour: Behaviour) -> web.StreamResponse | None:
    """The fault that stands in place of an answer, if there is one."""
    if behaviour.mode in _REFUSALS:
        return _refusal(behaviour.mode, behaviour.retry_after)
    if behaviour.mode == "silence":
        await _silence(request)
    if behaviour.mode in ("silence", "reset"):
        _reset(request)
        return web.Response()
    return None


async def _silence(request: web.Request) -> None:
    """Say nothing until the client has gone, the server stops, or two minutes are over."""
    stopping = request.app[CONTROL].stopping
    deadline = time.monotonic() + SILENCE_SECONDS
    while request.transport and not request.transport.is_closing():
        if stopping.is_set() or time.monotonic() > deadline:
            return
        await asyncio.sleep(0.02)


def _reset(request: web.Request) -> None:
    """Close with RST: the client sees `connection reset by peer`."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


def _refusal(status: str, retry_after: str = "1") -> web.Response:
    message, kind, code = _REFUSALS[status]
    error = {"message": message, "type": kind, "param": None, "code": code}
    headers = {"Retry-After": retry_after} if status in ("429", "503") else {}
    return web.json_response({"error": error}, status=int(status), headers=headers)


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text='{"error": {"message": "invalid JSON"}}')
    request.app[CONTROL].bodies.append(body)
    return body


async def _let_go(app: web.Application) -> None:
    app[CONTROL].stopping.set()


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
