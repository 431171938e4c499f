"""The HTTP side: keys, pictures within the call, video tasks, Ark's errors."""

import re
import secrets
import time
from dataclasses import replace
from functools import partial
from typing import Any

from aiohttp import web

from infra.local.simulators.media.app import (
    CONTROL,
    JOBS,
    answer_json,
    link,
    make_media_app,
    pause,
    under_fault,
)
from infra.local.simulators.media.control import Fault
from infra.local.simulators.media.jobs import Job, Work
from infra.local.simulators.media.originals import read_originals

DEFAULT_KEY = "ark-sim-key"
KEYS = web.AppKey("keys", frozenset[str])
_BASE = "/api/v3"
_TASKS = f"{_BASE}/contents/generations/tasks"
_SIZE = re.compile(r"(\d{3,4})x(\d{3,4})")
_RATIOS = {"16:9": (640, 360), "9:16": (360, 640), "1:1": (480, 480)}
_STATUS = {"queued": "queued", "running": "running", "done": "succeeded", "failed": "failed"}
_FILTERED = "The request failed because the output may contain sensitive information."
# mode → (status, code, message, type)
_REFUSALS = {
    "401": (401, "AuthenticationError", "The API key is missing or invalid.", "Unauthorized"),
    "429": (429, "ServerOverloaded", "The service is busy.", "TooManyRequests"),
    "500": (500, "InternalServiceError", "The service failed.", "InternalServerError"),
    "503": (503, "InternalServiceError", "The service is away.", "InternalServerError"),
}


def make_app(keys: tuple[str, ...] = (DEFAULT_KEY,), scale: float = 1.0) -> web.Application:
    """The simulator, with the keys it takes."""
    app = make_media_app(_new_id, scale)
    app[KEYS] = frozenset(keys)
    app.middlewares.append(_checked)
    app.router.add_post(f"{_BASE}/images/generations", _images)
    app.router.add_post(_TASKS, _create_video)
    app.router.add_get(_TASKS + "/{id}", _show_video)
    return app


@web.middleware
async def _checked(request: web.Request, handler: Any) -> web.StreamResponse:
    if request.path.startswith(_BASE):
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if key not in request.app[KEYS]:
            request.app[CONTROL].seen["unauthorized"] += 1
            return _refuse(Fault("401"))
    try:
        response: web.StreamResponse = await handler(request)
    except (KeyError, TypeError, ValueError) as error:
        return _error(400, "InvalidParameter", f"The parameter is not valid: {error}", "BadRequest")
    return response


async def _images(request: web.Request) -> web.StreamResponse:
    body = await _body(request)
    return await under_fault(request, "submit", _refuse, partial(_make_images, request, body))


async def _make_images(request: web.Request, body: dict[str, Any], mode: str) -> web.Response:
    if mode == "filtered":
        code = "InputTextSensitiveContentDetected"
        return _error(400, code, "The input text may be sensitive.", "BadRequest")
    given = body.get("image", [])
    originals = await read_originals([given] if isinstance(given, str) else given)
    work = replace(_read_picture(body), originals=originals)
    job = request.app[JOBS].accept(work, mode)
    scale = request.app[CONTROL].scale
    never = 3600.0 if mode == "never" else 0.0
    await pause(request, (job.work.queue_s + job.work.work_s) * scale + never)
    if mode == "failed":
        return _refuse(Fault("500"))
    return answer_json(_group(request, job, mode, _wanted(body)))


def _group(request: web.Request, job: Job, mode: str, wanted: int) -> dict[str, Any]:
    """The answer; in mode `partial` every second picture failed, of a single one it is that."""
    size = f"{job.work.width}x{job.work.height}"
    made = [{"url": link(request, job, number), "size": size} for number in range(wanted)]
    error = {"code": "OutputImageSensitiveContentDetected", "message": _FILTERED}
    data: list[dict[str, Any]] = list(made)
    if mode == "partial":
        data = [{"error": error} if n % 2 or wanted == 1 else item for n, item in enumerate(made)]
    count = sum("url" in item for item in data)
    request.app[CONTROL].seen["results"] += count
    tokens = job.work.width * job.work.height // 256 * count
    usage = {"generated_images": count, "output_tokens": tokens, "total_tokens": tokens}
    return {"model": job.work.model, "created": int(time.time()), "data": data, "usage": usage}


async def _create_video(request: web.Request) -> web.StreamResponse:
    body = await _body(request)
    return await under_fault(request, "submit", _refuse, partial(_accept_video, request, body))


async def _accept_video(request: web.Request, body: dict[str, Any], mode: str) -> web.Response:
    links = [part["image_url"]["url"] for part in body["content"] if part["type"] == "image_url"]
    work = replace(_read_video(body), originals=await read_originals(links[:1]))
    job = request.app[JOBS].accept(work, mode)
    return answer_json({"id": job.id})


async def _show_video(request: web.Request) -> web.StreamResponse:
    return await under_fault(request, "poll", _refuse, partial(_describe_video, request))


async def _describe_video(request: web.Request, mode: str) -> web.Response:
    del mode
    job = request.app[JOBS].find(request.match_info["id"])
    if job is None:
        return _error(404, "ResourceNotFound", "There is no such task.", "NotFound")
    stage = job.stage()
    task: dict[str, Any] = {
        "id": job.id,
        "model": job.work.model,
        "status": _STATUS[stage],
        "created_at": job.created,
        "updated_at": int(time.time()),
    }
    if stage == "failed":
        code = "OutputVideoSensitiveContentDetected"
        inner = "InternalServiceError" if job.mode == "failed" else code
        task["error"] = {"code": inner, "message": _FILTERED}
    if stage == "done":
        request.app[CONTROL].seen["results"] += 1
        task["content"] = {"video_url": link(request, job)}
        tokens = job.work.frames * 900
        task["usage"] = {"completion_tokens": tokens, "total_tokens": tokens}
        task |= {"seed": job.work.seed, "resolution": "720p", "framespersecond": 24}
    return answer_json(task)


def _read_picture(body: dict[str, Any]) -> Work:
    found = _SIZE.fullmatch(str(body.get("size", "1024x1024")))
    if not found:
        raise ValueError("size")
    width, height = int(found[1]), int(found[2])
    old = "seedream-3-0" in body["model"]
    if old and not (512 <= width <= 2048 and 512 <= height <= 2048):
        raise ValueError("size")
    if not old and not 921_600 <= width * height <= 16_777_216:
        raise ValueError("size")
    return Work(str(body["model"]), _prompt(body["prompt"]), width, height, _seed(body), work_s=6)


def _read_video(body: dict[str, Any]) -> Work:
    texts = [part["text"] for part in body["content"] if part["type"] == "text"]
    width, height = _RATIOS[body.get("ratio", "16:9")]
    frames = 24 * int(body.get("duration", 5)) + 1
    return Work(str(body["model"]), _prompt(" ".join(texts)), width, height, _seed(body), frames,
                queue_s=4, work_s=20)  # fmt: skip


def _prompt(text: Any) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError("prompt")
    return text


def _seed(body: dict[str, Any]) -> int:
    seed = int(body.get("seed", -1))
    return secrets.randbelow(2**31) if seed < 0 else seed


def _wanted(body: dict[str, Any]) -> int:
    if body.get("sequential_image_generation") != "auto":
        return 1
    options = body.get("sequential_image_generation_options") or {}
    return min(15, max(1, int(options.get("max_images", 1))))


async def _body(request: web.Request) -> dict[str, Any]:
    body: dict[str, Any] = await request.json()
    request.app[CONTROL].bodies.append(body)
    return body


def _new_id() -> str:
    return f"cgt-{time.strftime('%Y%m%d%H%M%S', time.gmtime())}-{secrets.token_hex(5)}"


def _refuse(fault: Fault) -> web.Response:
    status, code, message, kind = _REFUSALS[fault.mode]
    headers = {"Retry-After": fault.retry_after} if fault.mode == "429" else {}
    return _error(status, code, message, kind, **headers)


def _error(status: int, code: str, message: str, kind: str, **headers: str) -> web.Response:
    error = {"code": code, "message": message, "param": "", "type": kind}
    return answer_json({"error": error}, status, **headers)
