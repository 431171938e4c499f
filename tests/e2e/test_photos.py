"""Photos and videos as a client makes them: files, links, uploads to S3; what they come to."""

import io
import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image

from shared.media.formats import read_format
from tests.e2e import flows
from tests.e2e.conftest import System
from tests.e2e.receiver import Receiver
from tests.support.pictures import picture

RED, BLUE = (200, 40, 40), (40, 40, 200)


@pytest.fixture(scope="module")
def client(system: System) -> httpx.Client:
    return system.new_user()


@pytest.fixture(scope="module", autouse=True)
def _hurried_services(system: System) -> Iterator[None]:
    """A video takes 24 s of the simulators' time: here a fifth of it."""
    ports = json.loads((system.state / "run.json").read_text())["ports"]

    def set_scale(scale: float) -> None:
        for name in ("ark", "volcengine"):
            control = f"http://127.0.0.1:{ports[name]}/_control"
            httpx.post(control, json={"scale": scale}, trust_env=False).raise_for_status()

    set_scale(0.2)
    yield
    set_scale(1.0)


def of_colour(colour: tuple[int, int, int], form: str = "JPEG") -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (900, 700), colour).save(held, form)
    return held.getvalue()


def made_by_form(client: httpx.Client, *files: bytes, **fields: Any) -> str:
    parts = [("images", (f"{number}.jpg", content)) for number, content in enumerate(files)]
    answer = client.post(
        "/photos", files=parts, data=fields, headers={"Idempotency-Key": uuid.uuid4().hex}
    )
    return str(flows.data(answer, 201)["task_id"])


def made(client: httpx.Client, path: str, **fields: Any) -> str:
    answer = client.post(path, json=fields, headers={"Idempotency-Key": uuid.uuid4().hex})
    found = flows.data(answer, 201)
    assert (found["status"], found["message"]) == ("pending", "任务已创建，正在处理中")
    return str(found["task_id"])


def completed(client: httpx.Client, path: str) -> dict[str, Any]:
    found = flows.final(client, path)
    assert found["status"] == "completed", found
    result: dict[str, Any] = found["result"]
    return result


def content(url: str) -> bytes:
    answer = httpx.get(url, timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.content


def opened(url: str) -> Image.Image:
    return Image.open(io.BytesIO(content(url))).convert("RGB")


def is_reddish(shown: Image.Image) -> bool:
    red, _, blue = shown.getpixel((shown.width // 2, shown.height // 3))
    return bool(red > blue)


def test_photos_are_made_of_uploaded_files(client: httpx.Client) -> None:
    template = flows.data(client.get("/photo-templates"))["items"][0]
    fields = {"template_id": template["id"], "size": "1024x1024"}
    tasks = [made_by_form(client, of_colour(colour), **fields) for colour in (RED, BLUE)]
    of_red, of_blue = (
        opened(completed(client, f"/photos/{task_id}")["image_url"]) for task_id in tasks
    )
    assert of_red.size == (1024, 1024)
    assert is_reddish(of_red)
    assert not is_reddish(of_blue)


def test_a_photo_is_made_of_links_a_redirect_followed(
    client: httpx.Client, receiver: Receiver
) -> None:
    receiver.pages["/red.webp"] = of_colour(RED, "WEBP")
    receiver.pages["/moved"] = receiver.url("/red.webp")
    task_id = made(client, "/photos", images=[receiver.url("/moved")], prompt="油画")
    assert is_reddish(opened(completed(client, f"/photos/{task_id}")["image_url"]))


@pytest.mark.parametrize("where", ["https://localhost:9/x", "https://127.0.0.1/x"])
def test_a_link_that_is_led_inside_by_a_redirect_fails_its_task(
    client: httpx.Client, receiver: Receiver, where: str
) -> None:
    receiver.pages["/inside"] = where
    task_id = made(client, "/photos", images=[receiver.url("/inside")], prompt="油画")
    error = flows.final(client, f"/photos/{task_id}")["error"]
    assert (error["code"], error["reason"]) == ("INPUT_UNUSABLE", "not_public")


def test_a_photo_is_made_of_uploads_to_s3(client: httpx.Client) -> None:
    body = {"file_type": "png", "file_size": 5_000_000}
    upload = flows.data(client.post("/photos/uploads", json=body), 201)
    sent = httpx.post(
        upload["url"],
        data=upload["fields"],
        files={"file": of_colour(BLUE, "PNG")},
        trust_env=False,
        timeout=60,
    )
    assert sent.status_code in (200, 201, 204), sent.text
    task_id = made(client, "/photos", images=[upload["id"]], prompt="水彩", n=2)
    result = completed(client, f"/photos/{task_id}")
    assert len(result["image_urls"]) == 2
    assert not any(is_reddish(opened(url)) for url in result["image_urls"])


def test_a_video_starts_from_a_photo_task_and_its_cover_is_that_photo(
    client: httpx.Client,
) -> None:
    photo = made_by_form(client, of_colour(RED), prompt="油画", size="1024x1024")
    shown = completed(client, f"/photos/{photo}")["image_url"]
    video = made(client, "/videos", photo_task_id=photo, prompt="镜头推近", ratio="1:1")
    result = completed(client, f"/videos/{video}")
    assert result["duration"] == 5
    assert content(result["cover_url"]) == content(shown)
    found = read_format(content(result["video_url"]))
    assert found is not None
    assert found.content_type == "video/mp4"


def test_a_video_starts_from_a_link_and_its_cover_is_that_picture(
    client: httpx.Client, receiver: Receiver
) -> None:
    receiver.pages["/first.png"] = picture(640, 480, "PNG")
    link = receiver.url("/first.png")
    video = made(client, "/videos", image_url=link, prompt="海浪", duration=10, ratio="9:16")
    result = completed(client, f"/videos/{video}")
    assert result["duration"] == 10
    assert opened(result["cover_url"]).size == (640, 480)
    assert content(result["video_url"])[4:8] == b"ftyp"


def test_a_form_with_something_else_than_pictures_is_refused(client: httpx.Client) -> None:
    parts = [("images", ("a.jpg", picture())), ("images", ("b.jpg", b"<svg/>"))]
    answer = client.post("/photos", files=parts, data={"prompt": "水彩"})
    assert flows.error(answer, 400, "INVALID_REQUEST")["details"]["field"] == "images.1"


def test_one_key_is_one_photo_for_forms_too(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    parts = {"images": ("a.jpg", of_colour(RED))}
    first, second = (
        client.post("/photos", files=parts, data={"prompt": "水彩"}, headers=headers)
        for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["idempotent-replay"] == "true"
    (task_id,) = {each.json()["data"]["task_id"] for each in (first, second)}
    assert completed(client, f"/photos/{task_id}")
