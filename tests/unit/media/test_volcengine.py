"""Answers of the visual API as ours, played by a transport."""

import json
from typing import Any

import httpx
import pytest

from shared.ai.errors import (
    AIServiceError,
    InvalidProviderAnswer,
    KeyExhausted,
    ModelNotAvailable,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimitExceeded,
)
from shared.ai.http_client import use_http_client
from shared.media.port import ImageJob, JobState, VideoJob
from shared.media.volcengine import VolcengineImages, VolcengineVideos

KEY = "AK:SK"
TASK = {"code": 10000, "data": {"task_id": "7392616336519610409"}, "message": "Success"}


class Service:
    """Answers with what it is given, keeping the requests."""

    def __init__(self, answer: Any, status: int = 200, **headers: str) -> None:
        self.requests: list[httpx.Request] = []

        def handle(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            if isinstance(answer, Exception):
                raise answer
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            return httpx.Response(status, content=content, headers=headers)

        use_http_client(httpx.AsyncClient(transport=httpx.MockTransport(handle)))

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.requests[-1].content)
        return body


def images(req_key: str = "jimeng_t2i_v30") -> VolcengineImages:
    return VolcengineImages("volc", req_key, "http://127.0.0.1:4771")


def told(code: int, message: str = "no") -> dict[str, Any]:
    return {"code": code, "data": None, "message": message, "status": code}


def gateway(code: str) -> dict[str, Any]:
    return {"ResponseMetadata": {"Error": {"Code": code, "CodeN": 1, "Message": "m"}}}


def state(**data: Any) -> dict[str, Any]:
    return {"code": 10000, "data": data, "message": "Success"}


async def test_a_picture_is_asked_for_with_a_signed_call():
    service = Service(TASK)

    job = await images().start(ImageJob("一只猫", 800, 600, seed=5, style="水彩"), KEY)

    request = service.requests[0]
    assert job == "7392616336519610409"
    assert request.url.params["Action"] == "CVSync2AsyncSubmitTask"
    assert request.headers["Host"] == "127.0.0.1:4771"
    assert request.headers["Authorization"].startswith("HMAC-SHA256 Credential=AK/")
    assert "一只猫" in request.content.decode()
    assert service.body == {
        "req_key": "jimeng_t2i_v30", "prompt": "水彩, 一只猫", "seed": 5,
        "width": 800, "height": 600, "use_pre_llm": False,
    }  # fmt: skip


async def test_pictures_to_start_from_are_sent_as_links_and_as_files():
    service = Service(TASK)

    await images("jimeng_t2i_v40").start(
        ImageJob("x", images=("https://h/a.png", b"\xff\xd8")), KEY
    )

    assert service.body["image_urls"] == ["https://h/a.png"]
    assert service.body["binary_data_base64"] == ["/9g="]
    assert service.body["force_single"] is True


@pytest.mark.parametrize(("seconds", "frames"), [(5, 121), (10, 241)])
async def test_a_video_has_24_frames_a_second_and_one_more(seconds: int, frames: int):
    service = Service(TASK)
    videos = VolcengineVideos("volc", "jimeng_i2v_first_v30", "")

    await videos.start(VideoJob("https://h/a.png", "海", seconds, "9:16"), KEY)

    assert (service.body["frames"], service.body["aspect_ratio"]) == (frames, "9:16")
    assert service.requests[0].url.host == "visual.volcengineapi.com"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"status": "in_queue"}, JobState("running")),
        ({"status": "generating", "image_urls": None}, JobState("running")),
        ({"status": "done", "image_urls": ["u1", "u2"]}, JobState("done", ("u1", "u2"))),
        ({"status": "done", "video_url": "v"}, JobState("done", ("v",))),
        ({"status": "not_found"}, JobState("failed", (), "job_lost", "not_found")),
        ({"status": "expired"}, JobState("failed", (), "job_lost", "expired")),
    ],
)
async def test_a_job_stands_where_the_answer_says(data: dict[str, Any], found: JobState):
    service = Service(state(**data))

    assert await images().look("7", KEY) == found
    assert json.loads(service.body["req_json"])["return_url"] is True


@pytest.mark.parametrize("code", [50411, 50412, 50413, 50511, 50512, 50516, 50518, 50519])
async def test_a_filtered_job_has_failed_and_says_why(code: int):
    Service(told(code, "Post Text Risk Not Pass"), 400)

    found = await images().look("7", KEY)

    assert (found.status, found.error_code) == ("failed", "content_filtered")
    assert found.error_message == f"{code}: Post Text Risk Not Pass"


ANSWERS = [
    (told(50429), 429, RateLimitExceeded, True),
    (told(50430), 429, RateLimitExceeded, True),
    (told(50500), 500, ProviderUnavailable, True),
    (told(50413), 400, ProviderRejected, False),
    (told(50511), 400, ProviderRejected, True),
    (told(50520), 400, ProviderUnavailable, False),
    (told(50200), 400, ProviderRejected, False),
    (told(50400), 400, ProviderRejected, False),
    (gateway("SignatureDoesNotMatch"), 401, KeyExhausted, False),
    (gateway("InvalidAccessKey"), 401, KeyExhausted, False),
    (gateway("AccessDenied"), 403, ProviderRejected, False),
    (gateway("InvalidActionOrVersion"), 404, ModelNotAvailable, False),
    (gateway("InternalError"), 500, ProviderUnavailable, True),
    (gateway("InternalServiceTimeout"), 504, ProviderTimeout, True),
    (gateway("InvalidTimestamp"), 400, ProviderRejected, False),
    (b"<html>bad gateway</html>", 502, ProviderUnavailable, True),
    (b"", 429, RateLimitExceeded, True),
    (b"", 504, ProviderTimeout, True),
    ({}, 200, InvalidProviderAnswer, True),
    (b'{"code": 10000, "da', 200, InvalidProviderAnswer, True),
    ([], 200, InvalidProviderAnswer, True),
    (state(task_id=7), 200, InvalidProviderAnswer, True),
    ({"code": 10000, "data": None}, 200, InvalidProviderAnswer, True),
]


@pytest.mark.parametrize(("answer", "status", "kind", "again"), ANSWERS)
async def test_a_refusal_is_named_and_tells_whether_to_try_again(
    answer: Any, status: int, kind: type[AIServiceError], again: bool
):
    Service(answer, status)

    with pytest.raises(kind) as refused:
        await images().start(ImageJob("x"), KEY)

    assert refused.value.retryable is again
    assert refused.value.provider == "volc"


async def test_a_busy_service_fails_the_question_and_not_the_job():
    Service(told(50429), 429)

    with pytest.raises(RateLimitExceeded):
        await images().look("7", KEY)


async def test_done_without_a_link_is_no_answer():
    Service(state(status="done", image_urls=[], binary_data_base64=[]))

    with pytest.raises(InvalidProviderAnswer):
        await images().look("7", KEY)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ReadTimeout("slow"), ProviderTimeout),
        (httpx.ConnectError("refused"), ProviderUnavailable),
        (httpx.RemoteProtocolError("cut"), ProviderUnavailable),
    ],
)
async def test_network_failures_are_ours(failure: Exception, kind: type[AIServiceError]):
    Service(failure)

    with pytest.raises(kind):
        await images().look("7", KEY)


async def test_a_proxy_that_asks_for_patience_is_heard():
    Service(b"", 429, **{"Retry-After": "3"})

    with pytest.raises(RateLimitExceeded) as refused:
        await images().look("7", KEY)

    assert refused.value.retry_after_s == 3.0
