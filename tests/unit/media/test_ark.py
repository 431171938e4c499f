"""Answers of Ark as ours, with the collected samples."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.ai.errors import (
    AIServiceError,
    InvalidProviderAnswer,
    KeyExhausted,
    ModelNotAvailable,
    ProviderRejected,
    ProviderUnavailable,
    RateLimitExceeded,
)
from shared.media.ark import ArkImages, ArkVideos
from shared.media.jobs import result_id
from shared.media.port import ImageJob, JobState, VideoJob
from tests.unit.media.test_volcengine import Service

SAMPLES = json.loads(
    (Path(__file__).parents[2] / "support/vectors/ark_samples.json").read_text("utf-8")
)
TASKS = SAMPLES["ark_video_task"]
OLD, NEW = "doubao-seedream-3-0-t2i-250415", "doubao-seedream-4-0-250828"


def images(model: str = OLD) -> ArkImages:
    return ArkImages("ark", model, "http://127.0.0.1:4772/api/v3/")


def videos() -> ArkVideos:
    return ArkVideos("ark", "doubao-seedance-1-0-pro-250528", "")


def error(code: str, kind: str = "") -> dict[str, Any]:
    return {"error": {"code": code, "message": f"{code} of key k1", "param": "", "type": kind}}


async def test_a_picture_is_made_within_the_call_and_its_id_carries_the_link():
    service = Service(SAMPLES["ark_images"])

    made = await images().start(ImageJob("猫", 768, 512, seed=4, quality="hd"), "k1")

    assert made == result_id(JobState("done", ("https://sim.example/0.jpeg",), seed=4))
    assert str(service.requests[0].url) == "http://127.0.0.1:4772/api/v3/images/generations"
    assert service.requests[0].headers["Authorization"] == "Bearer k1"
    assert service.body == {
        "model": OLD, "prompt": "猫", "size": "768x512", "response_format": "url",
        "watermark": False, "seed": 4, "guidance_scale": 5.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (("https://h/a.png",), "https://h/a.png"),
        ((b"\x89PNG\r\n\x1a\n",), "data:image/png;base64,iVBORw0KGgo="),
        ((b"\xff\xd8", "https://h/a.png"), ["data:image/jpeg;base64,/9g=", "https://h/a.png"]),
    ],
)
async def test_a_photo_starts_from_links_and_files(given: tuple[bytes | str, ...], sent: Any):
    service = Service(SAMPLES["ark_images"])

    await images(NEW).start(ImageJob("猫", seed=4, images=given), "k1")

    assert service.body["image"] == sent
    assert service.body["sequential_image_generation"] == "disabled"
    assert "seed" not in service.body


async def test_a_group_of_which_one_failed_is_done_and_says_so():
    Service(SAMPLES["ark_images_partial"])

    made = await images(NEW).start(ImageJob("猫"), "k1")

    words = SAMPLES["ark_images_partial"]["data"][1]["error"]
    detail = f"{words['code']}: {words['message']}"
    state = JobState("done", ("https://sim.example/0.jpeg",), "content_filtered", detail)
    assert made == result_id(state)


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        ({"data": [error("OutputImageSensitiveContentDetected")]}, 200, ProviderRejected),
        (error("OutputImageSensitiveContentDetected"), 200, ProviderRejected),
        (error("InternalServiceError"), 200, ProviderUnavailable),
        (error("Whatever"), 200, ProviderRejected),
        ({"data": []}, 200, InvalidProviderAnswer),
        ({"data": [{"size": "1x1"}]}, 200, InvalidProviderAnswer),
        (b'{"model": "dou', 200, InvalidProviderAnswer),
        (error("InputTextSensitiveContentDetected", "BadRequest"), 400, ProviderRejected),
        (error("AuthenticationError", "Unauthorized"), 401, KeyExhausted),
        (error("AccountOverdueError", "Forbidden"), 403, KeyExhausted),
        (error("ModelNotOpen", "NotFound"), 404, ModelNotAvailable),
        (error("ServerOverloaded", "TooManyRequests"), 429, RateLimitExceeded),
        (error("QuotaExceeded", "TooManyRequests"), 429, KeyExhausted),
        (error("InternalServiceError", "InternalServerError"), 500, ProviderUnavailable),
    ],
)
async def test_a_refusal_is_named_and_never_shows_the_key(
    answer: Any, status: int, kind: type[AIServiceError]
):
    Service(answer, status)

    with pytest.raises(kind) as refused:
        await images().start(ImageJob("x"), "k1")

    if status != 200:
        assert "k1" not in refused.value.detail


async def test_a_video_starts_from_its_picture():
    service = Service(TASKS["create"])

    job = await videos().start(VideoJob("https://h/a.png", "推近", 10, "1:1", seed=3), "k1")

    assert job == "cgt-20260102110405-abcde"
    picture = {"url": "https://h/a.png"}
    assert service.body["content"] == [
        {"type": "text", "text": "推近"},
        {"type": "image_url", "image_url": picture, "role": "first_frame"},
    ]
    assert [service.body[name] for name in ("duration", "ratio", "seed")] == [10, "1:1", 3]


@pytest.mark.parametrize("answer", [{}, {"id": 7}, {"id": "../x"}])
async def test_an_id_that_is_none_is_no_answer(answer: Any):
    Service(answer)

    with pytest.raises(InvalidProviderAnswer):
        await videos().start(VideoJob("https://h/a.png", "x"), "k1")


@pytest.mark.parametrize(
    ("task", "found"),
    [
        (TASKS["queued"], JobState("running")),
        (TASKS["running"], JobState("running")),
        (TASKS["succeeded"], JobState("done", ("https://sim.example/v.mp4",), seed=10)),
        ({"status": "expired"}, JobState("failed", (), "job_lost", "expired")),
        ({"status": "cancelled"}, JobState("failed", (), "job_lost", "cancelled")),
    ],
)
async def test_a_video_stands_where_the_task_says(task: dict[str, Any], found: JobState):
    service = Service(task)

    assert await videos().look("cgt-1", "k1") == found
    assert service.requests[0].url.path == "/api/v3/contents/generations/tasks/cgt-1"


async def test_a_failed_video_is_a_state_and_no_error():
    Service(TASKS["failed"])

    found = await videos().look("cgt-1", "k1")

    assert (found.status, found.error_code) == ("failed", "content_filtered")


async def test_succeeded_without_a_link_is_no_answer():
    Service({"status": "succeeded", "content": {}})

    with pytest.raises(InvalidProviderAnswer):
        await videos().look("cgt-1", "k1")
