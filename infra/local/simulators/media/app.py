"""The web application of a simulator: control, faults, result links."""

import asyncio
import json
import secrets
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from infra.local.simulators.media.control import JOB_MODES, Control, Fault, Step
from infra.local.simulators.media.files import make_picture, make_video
from infra.local.simulators.media.jobs import Job, Jobs

CONTROL = web.AppKey("control", Control)
JOBS = web.AppKey("jobs", Jobs)
_TOKENS = web.AppKey("tokens", dict[str, str])
_STOPPING = web.AppKey("stopping", asyncio.Event)
_MOST_BODY = 64 * 1024 * 1024
Answer = Callable[[str], Awaitable[web.StreamResponse]]
Refusal = Callable[[Fault], web.Response]


def make_media_app(new_id: Callable[[], str], scale: float) -> web.Application:
    """An application with `/_control` and `/results`; the service adds its own routes."""
    app = web.Application(client_max_size=_MOST_BODY)
    app[CONTROL] = Control(scale=scale)
    app[JOBS] = Jobs(app[CONTROL], new_id)
    app[_TOKENS] = {}
    app[_STOPPING] = asyncio.Event()
    app.router.add_get("/_control", _show_control)
    app.router.add_post("/_control", _take_order)
    app.router.add_get("/results/{job}/{token}/{name}", _send_result)
    app.on_shutdown.append(_let_go)
    return app


async def under_fault(
    request: web.Request, step: Step, refusal: Refusal, answer: Answer
) -> web.StreamResponse:
    """What the service answers to a request, or what the control says instead.

    `answer` is given the fate of a new job. `lost-answer` does the work and drops the connection.
    """
    control = request.app[CONTROL]
    control.seen[step] += 1
    fault = control.fault(step)
    if fault.mode in ("429", "500", "503", "401"):
        return refusal(fault)
    if fault.mode == "reset":
        return _reset(request)
    if fault.mode == "malformed":
        return web.Response(text='{"code": 10000, "data": {"ta', content_type="application/json")
    if fault.mode == "slow":
        await pause(request, fault.seconds)
    answered = await answer(fault.mode if fault.mode in JOB_MODES else "ok")
    return _reset(request) if fault.mode == "lost-answer" else answered


async def pause(request: web.Request, seconds: float) -> None:
    """Wait, but no longer than the server runs."""
    stopping = request.app[_STOPPING]
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return


def link(request: web.Request, job: Job, number: int = 0) -> str:
    """A result's address, dead after the control's `link_seconds`."""
    control = request.app[CONTROL]
    lives = 0.0 if job.mode == "expired-link" else control.link_seconds
    name = f"{number}.{'mp4' if job.work.frames else 'jpeg'}"
    token = secrets.token_urlsafe(12)
    request.app[_TOKENS][token] = job.id
    until = time.time() + lives
    return f"{request.scheme}://{request.host}/results/{job.id}/{token}/{name}?Expires={until:.3f}"


def answer_json(payload: Any, status: int = 200, **headers: str) -> web.Response:
    """JSON with Chinese unescaped."""
    text = json.dumps(payload, ensure_ascii=False)
    return web.json_response(text=text, status=status, headers=headers)


async def _send_result(request: web.Request) -> web.StreamResponse:
    app = request.app
    job = app[JOBS].find(request.match_info["job"])
    owner = app[_TOKENS].get(request.match_info["token"])
    if job is None or owner != job.id or float(request.query.get("Expires", 0)) <= time.time():
        refused = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
        return web.Response(status=403, text=refused, content_type="application/xml")
    app[CONTROL].seen["downloads"] += 1
    number = int(request.match_info["name"].partition(".")[0])
    if job.work.frames:
        video = await asyncio.to_thread(make_video, job.work)
        return web.Response(body=video, content_type="video/mp4")
    picture = await asyncio.to_thread(make_picture, job.work, number)
    return web.Response(body=picture, content_type="image/jpeg")


async def _show_control(request: web.Request) -> web.Response:
    return answer_json(request.app[CONTROL].report())


async def _take_order(request: web.Request) -> web.Response:
    try:
        request.app[CONTROL].instruct(await request.json())
    except (ValueError, TypeError, AttributeError) as error:
        return answer_json({"error": str(error)}, 400)
    return await _show_control(request)


def _reset(request: web.Request) -> web.Response:
    """The connection torn down (RST), as a crashed server does."""
    if request.transport:
        connection = request.transport.get_extra_info("socket")
        if connection is not None:
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        request.transport.abort()
    return web.Response()


async def _let_go(app: web.Application) -> None:
    app[_STOPPING].set()
