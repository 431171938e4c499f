"""The HTTP side: signatures, submit and poll of the asynchronous pair, business codes."""

import itertools
import json
import secrets
import time
from collections.abc import Mapping
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
    under_fault,
)
from infra.local.simulators.media.control import Fault
from infra.local.simulators.media.jobs import Job, Work
from infra.local.simulators.media.originals import read_originals
from infra.local.simulators.volcengine.signature import Received, Refused, check

DEFAULT_KEY = "AKLTSimulator0001:U2ltdWxhdG9yU2VjcmV0MDAwMQ=="
SECRETS = web.AppKey("secrets", Mapping[str, str])
VERSION = "2022-08-31"
_IMAGE_LIMITS = {
    "jimeng_t2i_v30": (512, 2048),
    "jimeng_t2i_v31": (512, 2048),
    "jimeng_t2i_v40": (256, 4096),
    "jimeng_i2i_v30": (512, 1536),
}
_VIDEOS = ("jimeng_i2v_first_v30", "jimeng_t2v_v30", "jimeng_ti2v_v30_pro")
_FRAMES = (121, 241)
_RATIOS = {"16:9": (640, 360), "9:16": (360, 640), "1:1": (480, 480)}
_MOST_PROMPT = 800
_SAY = {
    10000: "Success",
    50200: "Invalid arguments",
    50413: "Post Text Risk Not Pass",
    50429: "Request Has Reached API Limit, Please Try Later",
    50500: "Internal Error",
    50511: "Post Img Risk Not Pass",
}
_numbers = itertools.count(int(time.time() * 1e9) * 4)


class _BadArguments(ValueError):
    """The service refuses the body."""


def make_app(keys: Mapping[str, str], scale: float = 1.0) -> web.Application:
    """The simulator, with the access keys it knows and their secrets."""
    app = make_media_app(lambda: str(next(_numbers)), scale)
    app[SECRETS] = dict(keys)
    app.router.add_post("/", _act)
    return app


async def _act(request: web.Request) -> web.StreamResponse:
    control = request.app[CONTROL]
    action = request.query.get("Action", "")
    body = await request.read()
    headers = {name.lower(): value for name, value in request.headers.items()}
    received = Received(request.method, request.path, request.rel_url.raw_query_string,
                        headers, body)  # fmt: skip
    try:
        check(received, request.app[SECRETS])
        if request.query.get("Version") != VERSION or action not in _ACTIONS:
            raise Refused(404, 100008, "InvalidActionOrVersion", f"No action {action}")
    except Refused as refused:
        control.seen["unauthorized"] += refused.status == 401
        return _refuse(action, refused)
    step, act = _ACTIONS[action]
    try:
        fields = json.loads(body)
        control.bodies.append(fields)
        return await under_fault(
            request, step, partial(_fault, action), partial(act, request, fields)
        )
    except (_BadArguments, KeyError, TypeError, ValueError) as error:
        return _business(50200, f"Invalid arguments: {error}")


async def _submit(request: web.Request, fields: dict[str, Any], mode: str) -> web.Response:
    if mode == "filtered" and not fields.get("image_urls"):
        return _business(50413)
    work = replace(_read_work(fields), originals=await read_originals(_pictures(fields)))
    job = request.app[JOBS].accept(work, mode)
    return _answer({"task_id": job.id})


async def _ask(request: web.Request, fields: dict[str, Any], mode: str) -> web.Response:
    del mode
    job = request.app[JOBS].find(str(fields["task_id"]))
    if job is None or job.work.model != fields["req_key"]:
        return _answer({"status": "not_found"})
    stage = job.stage()
    if stage == "failed":
        return _business(50511)
    if stage != "done":
        waiting = "in_queue" if stage == "queued" else "generating"
        return _answer({"status": waiting, "binary_data_base64": None, "image_urls": None})
    asked = json.loads(fields.get("req_json", "{}"))
    if not asked.get("return_url"):
        return _answer({"status": "done", "binary_data_base64": [], "image_urls": None})
    return _answer(_result(request, job))


def _result(request: web.Request, job: Job) -> dict[str, Any]:
    request.app[CONTROL].seen["results"] += 1
    address = link(request, job)
    if job.work.frames:
        return {"status": "done", "video_url": address, "aigc_meta_tagged": False}
    return {"status": "done", "binary_data_base64": None, "image_urls": [address]}


def _read_work(fields: dict[str, Any]) -> Work:
    model, prompt = str(fields["req_key"]), str(fields["prompt"])
    if not 1 <= len(prompt) <= _MOST_PROMPT:
        raise _BadArguments("prompt")
    seed = int(fields.get("seed", -1))
    seed = secrets.randbelow(2**31) if seed < 0 else seed
    if model in _VIDEOS:
        frames = int(fields.get("frames", _FRAMES[0]))
        if frames not in _FRAMES:
            raise _BadArguments("frames")
        width, height = _RATIOS[fields.get("aspect_ratio", "16:9")]
        return Work(model, prompt, width, height, seed, frames, queue_s=4, work_s=16)
    low, high = _IMAGE_LIMITS[model]
    width, height = int(fields.get("width", 1328)), int(fields.get("height", 1328))
    if not (low <= width <= high and low <= height <= high):
        raise _BadArguments("width, height")
    if model == "jimeng_i2i_v30" and len(_pictures(fields)) != 1:
        raise _BadArguments("one picture is needed")
    return Work(model, prompt, width, height, seed)


def _pictures(fields: dict[str, Any]) -> list[str]:
    return [*(fields.get("image_urls") or ()), *(fields.get("binary_data_base64") or ())]


def _fault(action: str, fault: Fault) -> web.Response:
    if fault.mode == "429":
        return _business(50429, retry_after=fault.retry_after)
    if fault.mode == "500":
        return _business(50500)
    if fault.mode == "401":
        refused = Refused(401, 100009, "InvalidAccessKey", "The access key is disabled")
        return _refuse(action, refused)
    return _refuse(action, Refused(503, 100015, "FailToConnect", "The service is away"))


def _refuse(action: str, refused: Refused) -> web.Response:
    error = {"CodeN": refused.number, "Code": refused.code, "Message": refused.message}
    told = {"RequestId": secrets.token_hex(16), "Action": action, "Version": VERSION}
    metadata = {**told, "Service": "cv", "Region": "cn-north-1", "Error": error}
    return answer_json({"ResponseMetadata": metadata}, refused.status)


def _business(code: int, message: str = "", retry_after: str = "") -> web.Response:
    status = 429 if code == 50429 else 500 if code == 50500 else 400
    headers = {"Retry-After": retry_after} if retry_after else {}
    return answer_json(_envelope(code, None, message), status, **headers)


def _answer(data: dict[str, Any]) -> web.Response:
    return answer_json(_envelope(10000, data))


def _envelope(code: int, data: dict[str, Any] | None, message: str = "") -> dict[str, Any]:
    told = {"code": code, "data": data, "message": message or _SAY[code]}
    return {**told, "request_id": secrets.token_hex(16), "status": code, "time_elapsed": "1ms"}


_ACTIONS: dict[str, tuple[Any, Any]] = {
    "CVSync2AsyncSubmitTask": ("submit", _submit),
    "CVSync2AsyncGetResult": ("poll", _ask),
}
