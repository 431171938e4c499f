"""Volcengine Ark: Seedream pictures, made within the call, and Seedance videos, asked for later.

Sources: volcengine.com/docs/82379/1541523 (images), 1520757 and 1521309 (video tasks). Errors are
those of its OpenAI-compatible calls. Result links live for 24 hours.
"""

from collections.abc import Mapping
from typing import Any

from shared.ai.errors import (
    AIServiceError,
    InvalidProviderAnswer,
    ProviderRejected,
    ProviderUnavailable,
)
from shared.ai.openai_errors import error_of_response
from shared.media.jobs import result_id
from shared.media.port import ImageJob, JobState, VideoJob
from shared.media.wire import data_url, read_object, send, styled, write_object

BASE_URL = "https://ark.cn-beijing.volces.com/api/v3"
_VIDEO_TASKS = "/contents/generations/tasks"
_RUNNING = {"queued", "running"}
_LOST = {"cancelled", "expired"}
# Guidance and seeds were fields of the 3.0 models only.
_SEEDED = "seedream-3-0"
_HD_GUIDANCE = 5.0


class Ark:
    """The calls of one model; arguments as `Volcengine`'s, `model` an id or an endpoint `ep-…`."""

    def __init__(self, name: str, model: str, base_url: str, timeout_s: float = 30.0) -> None:
        self.name = name
        self._model = model
        self._base_url = (base_url or BASE_URL).rstrip("/")
        self._timeout_s = timeout_s

    async def call(
        self, method: str, path: str, key: str, payload: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """One call and the object it answers with."""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        response = await send(
            self.name,
            method,
            self._base_url + path,
            headers=headers,
            body=write_object(payload) if payload is not None else b"",
            timeout_s=self._timeout_s,
        )
        if not response.is_success:
            raise self._refusal(response.status_code, response.headers, response.content, key)
        return read_object(self.name, response.content)

    def _refusal(
        self, status: int, headers: Mapping[str, str], content: bytes, key: str
    ) -> AIServiceError:
        error = error_of_response(self.name, status, headers, content)
        error.detail = error.detail.replace(key, "***") if key else error.detail
        return error


class ArkImages(Ark):
    """Pictures: `start` waits for them (10–30 s)."""

    async def start(self, part: ImageJob, key: str) -> str:
        """Make one picture; its id carries the link."""
        answer = await self.call("POST", "/images/generations", key, self._payload(part))
        return result_id(self._state(answer, part.seed))

    async def look(self, part_id: str, key: str) -> JobState:
        """There is nothing to ask for: every id of this service carries its result."""
        del key
        raise InvalidProviderAnswer(self.name, f"no id of ours: {part_id[:40]}", retryable=False)

    def _payload(self, part: ImageJob) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "model": self._model,
            "prompt": styled(part.prompt, part.style),
            "size": f"{part.width}x{part.height}",
            "response_format": "url",
            "watermark": False,
        }
        if part.images:
            given = [data_url(i) if isinstance(i, bytes) else i for i in part.images]
            payload["image"] = given[0] if len(given) == 1 else given
        if _SEEDED not in self._model:
            payload["sequential_image_generation"] = "disabled"
            return payload
        if part.seed is not None:
            payload["seed"] = part.seed
        if part.quality == "hd":
            payload["guidance_scale"] = _HD_GUIDANCE
        return payload

    def _state(self, answer: Mapping[str, Any], seed: int | None) -> JobState:
        """Pictures that failed stand among the others with an `error` of their own."""
        items = answer.get("data")
        if not isinstance(items, list) or not items:
            raise self._nothing_made(answer)
        urls = tuple(str(item["url"]) for item in items if _has_link(item))
        failure = next((item["error"] for item in items if _is_refused(item)), None)
        if failure:
            error = _error_of_code(self.name, failure)
            if not urls:
                raise error
            return JobState("done", urls, error.reason, error.detail, seed)
        if len(urls) < len(items):
            raise InvalidProviderAnswer(self.name, "a picture without a link")
        return JobState("done", urls, seed=seed)

    def _nothing_made(self, answer: Mapping[str, Any]) -> AIServiceError:
        if isinstance(answer.get("error"), dict):
            return _error_of_code(self.name, answer["error"])
        return InvalidProviderAnswer(self.name, "no pictures")


class ArkVideos(Ark):
    """Videos that start from a picture."""

    async def start(self, part: VideoJob, key: str) -> str:
        """Start a video; gives the task's id."""
        picture = {"type": "image_url", "image_url": {"url": part.image_url}}
        payload: dict[str, Any] = {
            "model": self._model,
            "content": [{"type": "text", "text": part.prompt}, {**picture, "role": "first_frame"}],
            "resolution": "720p",
            "ratio": part.ratio,
            "duration": part.duration,
            "watermark": False,
        }
        if part.seed is not None:
            payload["seed"] = part.seed
        task_id = (await self.call("POST", _VIDEO_TASKS, key, payload)).get("id")
        if not isinstance(task_id, str) or not task_id.replace("-", "").isalnum():
            raise InvalidProviderAnswer(self.name, f"id {task_id!r}")
        return task_id

    async def look(self, part_id: str, key: str) -> JobState:
        """Where a video stands; a failed one is told with HTTP 200."""
        task = await self.call("GET", f"{_VIDEO_TASKS}/{part_id}", key)
        status = task.get("status")
        if status in _RUNNING:
            return JobState("running")
        if status in _LOST:
            return JobState("failed", error_code="job_lost", error_message=str(status))
        if status == "failed":
            error = _error_of_code(self.name, task.get("error") or {})
            return JobState("failed", error_code=error.reason, error_message=error.detail)
        link = (task.get("content") or {}).get("video_url")
        if status != "succeeded" or not isinstance(link, str):
            raise InvalidProviderAnswer(self.name, f"status {status!r}")
        seed = task.get("seed")
        return JobState("done", (link,), seed=seed if isinstance(seed, int) else None)


def _error_of_code(provider: str, told: Mapping[str, Any]) -> AIServiceError:
    """The error of a code told with HTTP 200."""
    code, message = str(told.get("code", "")), str(told.get("message", ""))
    detail = f"{code}: {message}"
    if "SensitiveContent" in code:
        return ProviderRejected(provider, detail, reason="content_filtered")
    if code.startswith("Internal"):
        return ProviderUnavailable(provider, detail)
    return ProviderRejected(provider, detail)


def _has_link(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("url"), str)


def _is_refused(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("error"), dict)
