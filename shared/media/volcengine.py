"""Volcengine's visual API (Jimeng): pictures and videos, submitted and asked for later.

Source: volcengine.com/docs/85621. Ids are digits beyond 2⁵³, always text. Result links live for
24 hours (pictures) or one hour (videos).
"""

from collections.abc import Mapping
from typing import Any

import httpx

from shared.ai.errors import AIServiceError, InvalidProviderAnswer
from shared.core import clock
from shared.media.port import ImageJob, JobState, VideoJob
from shared.media.volcengine_errors import (
    error_of_code,
    error_of_gateway,
    error_of_status,
    is_of_the_job,
)
from shared.media.volcengine_sign import Call, Credentials, signed_headers
from shared.media.wire import as_base64, read_object, send, shown, styled, write_object

BASE_URL = "https://visual.volcengineapi.com"
_VERSION = "2022-08-31"
_OK = 10000
_RUNNING = {"in_queue", "generating"}
_LOST = {"not_found", "expired"}
_PROMPT_CHARACTERS = 800
_RANDOM_SEED = -1
_FRAMES_PER_SECOND = 24
_ASK = '{"return_url":true,"logo_info":{"add_logo":false}}'


class Volcengine:
    """The calls of one model.

    Args:
        name: as configured, for errors and logs.
        req_key: what the service calls the model, e.g. `jimeng_t2i_v30`.
        base_url: "" for the service's own address.
    """

    def __init__(self, name: str, req_key: str, base_url: str, timeout_s: float = 30.0) -> None:
        self.name = name
        self._req_key = req_key
        self._url = httpx.URL(base_url or BASE_URL)
        self._timeout_s = timeout_s

    async def submit(self, fields: Mapping[str, Any], key: str) -> str:
        """Start a job; gives its id."""
        payload = {"req_key": self._req_key, **fields}
        answer = await self._call("CVSync2AsyncSubmitTask", payload, key)
        task_id = _data(self.name, answer).get("task_id")
        if not isinstance(task_id, str) or not task_id.isdigit():
            raise InvalidProviderAnswer(self.name, f"task_id {task_id!r}")
        return task_id

    async def look(self, part_id: str, key: str) -> JobState:
        """Where a job stands."""
        payload = {"req_key": self._req_key, "task_id": part_id, "req_json": _ASK}
        try:
            answer = await self._call("CVSync2AsyncGetResult", payload, key)
        except _JobFailed as failure:
            error = failure.error
            return JobState("failed", error_code=error.reason, error_message=error.detail)
        return self._state(_data(self.name, answer))

    def _state(self, data: Mapping[str, Any]) -> JobState:
        status = data.get("status")
        if status in _RUNNING:
            return JobState("running")
        if status in _LOST:
            return JobState("failed", error_code="job_lost", error_message=str(status))
        urls = _urls(data)
        if status != "done" or not urls:
            raise InvalidProviderAnswer(self.name, f"status {status!r}, {len(urls)} links")
        return JobState("done", urls)

    async def _call(self, action: str, payload: Mapping[str, Any], key: str) -> dict[str, Any]:
        host = self._url.netloc.decode()
        query = {"Action": action, "Version": _VERSION}
        call = Call("POST", host, query, write_object(payload))
        response = await send(
            self.name,
            "POST",
            f"{self._url.scheme}://{host}/?{call.query_text}",
            headers=signed_headers(call, Credentials.of_key(key), clock.now()),
            body=call.body,
            timeout_s=self._timeout_s,
        )
        return self._checked(response, asking=action == "CVSync2AsyncGetResult")

    def _checked(self, response: httpx.Response, *, asking: bool) -> dict[str, Any]:
        """The answer, in the service's order: gateway, business code, data."""
        try:
            answer = read_object(self.name, response.content)
        except InvalidProviderAnswer:
            if response.is_success:
                raise
            raise self._unexplained(response) from None
        told = (answer.get("ResponseMetadata") or {}).get("Error")
        if told:
            raise error_of_gateway(self.name, response.status_code, told)
        if "code" not in answer:
            raise self._unexplained(response)
        if answer["code"] != _OK:
            error = error_of_code(self.name, answer["code"], str(answer.get("message")))
            raise _JobFailed(error) if asking and is_of_the_job(error) else error
        return answer

    def _unexplained(self, response: httpx.Response) -> AIServiceError:
        detail = shown(response.content)
        if response.is_success:
            return InvalidProviderAnswer(self.name, detail)
        return error_of_status(self.name, response.status_code, response.headers, detail)


class VolcengineImages(Volcengine):
    """Pictures."""

    async def start(self, part: ImageJob, key: str) -> str:
        """Start one picture."""
        fields: dict[str, Any] = {
            "prompt": styled(part.prompt, part.style)[:_PROMPT_CHARACTERS],
            "seed": _RANDOM_SEED if part.seed is None else part.seed,
            "width": part.width,
            "height": part.height,
        }
        links = [image for image in part.images if isinstance(image, str)]
        files = [as_base64(image) for image in part.images if isinstance(image, bytes)]
        if links:
            fields["image_urls"] = links
        if files:
            fields["binary_data_base64"] = files
        if self._req_key == "jimeng_t2i_v40":
            fields["force_single"] = True
        elif not part.images:
            fields["use_pre_llm"] = part.quality == "hd"
        return await self.submit(fields, key)


class VolcengineVideos(Volcengine):
    """Videos that start from a picture."""

    async def start(self, part: VideoJob, key: str) -> str:
        """Start one video."""
        fields = {
            "prompt": part.prompt[:_PROMPT_CHARACTERS],
            "image_urls": [part.image_url],
            "seed": _RANDOM_SEED if part.seed is None else part.seed,
            "frames": _FRAMES_PER_SECOND * part.duration + 1,
            "aspect_ratio": part.ratio,
        }
        return await self.submit(fields, key)


class _JobFailed(Exception):
    """The answer to a question tells that the job has failed."""

    def __init__(self, error: AIServiceError) -> None:
        self.error = error
        super().__init__(str(error))


def _data(provider: str, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    data = answer.get("data")
    if not isinstance(data, dict):
        raise InvalidProviderAnswer(provider, "no data")
    return data


def _urls(data: Mapping[str, Any]) -> tuple[str, ...]:
    links = data.get("image_urls") or [data.get("video_url")]
    return tuple(link for link in links if isinstance(link, str) and link)
