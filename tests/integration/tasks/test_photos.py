"""Photos from uploads and links (contract photos-payments.md)."""

import io

import boto3
import pytest
from PIL import Image

from functions.tasks.handler import handler
from shared.core import ids
from shared.net.addresses import UnsafeAddress
from shared.tasks.account import delete_some
from shared.tasks.photo_templates import all_photo_templates
from tests.support.aws import BUCKET
from tests.support.documents import object_keys
from tests.support.http import Client
from tests.support.ledger import stored_lines
from tests.support.photos import LINK, PHOTOS, post_form, post_photo, upload_of
from tests.support.pictures import picture
from tests.support.tasks import Answer, run_workflow, stored

PRICE_MICRO = 200_000


def made(caller, answer: Answer):
    assert answer.status == 201, answer.text
    return stored(caller.user_id, answer.data["task_id"])


def file_at(url: str) -> Image.Image:
    key = url.partition("?")[0].partition(".com/")[2].removeprefix(f"{BUCKET}/")
    return Image.open(
        io.BytesIO(boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())
    )


def test_a_photo_of_uploads_is_made_and_shown_like_a_picture(client, caller, provider, results):
    answer = post_form(client, [picture(), picture(200, 500, "PNG")], size="1024x768", n="2")
    assert answer.data["status"] == "pending"
    assert answer.data["message"] == "任务已创建，正在处理中"
    provider.state = type(provider.state)("done", results.links(2), seed=7)
    task = run_workflow(made(caller, answer))
    (job,) = provider.jobs
    assert (job.prompt, job.width, job.height, job.n) == ("水彩画", 1024, 768, 2)
    assert [file_at(link).size for link in job.images] == [(400, 300), (200, 500)]
    shown = client.get(f"{PHOTOS}/{task.id}").data
    assert (shown["status"], len(shown["result"]["image_urls"])) == ("completed", 2)
    (line,) = stored_lines(caller.user_id)
    assert (line["feature"], line["cost_micro"]) == ("image", 2 * PRICE_MICRO)


def test_links_uploads_and_files_mix_in_their_order(client, caller, provider, web, results):
    web.pages[LINK] = picture(330, 330, "WEBP")
    upload = upload_of(client)
    key = f"incoming/{caller.user_id}/{upload['id']}"
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=picture(350, 350))
    run_workflow(made(caller, post_form(client, [picture(320, 320), LINK, upload["id"]])))
    sizes = [file_at(link).size for link in provider.jobs[0].images]
    assert sizes == [(320, 320), (330, 330), (350, 350)]


def test_a_link_that_only_the_provider_may_reach_is_handed_on(client, caller, provider, results):
    task = run_workflow(made(caller, post_photo(client)))
    assert provider.jobs[0].images == (LINK,)
    assert task.status == "completed"


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"<html>sign in</html>", "not_a_picture"),
        (picture()[:2000], "not_a_picture"),
        (UnsafeAddress("not_public"), "not_public"),
        (bytes(10 * 1024 * 1024 + 1), "too_large"),
        (picture(63, 63), "too_small"),
    ],
)
def test_a_link_to_something_useless_fails_unasked_and_unpaid(
    client, caller, provider, web, page, reason
):
    web.pages[LINK] = page
    task = run_workflow(made(caller, post_photo(client)))
    error = client.get(f"{PHOTOS}/{task.id}").data["error"]
    assert (error["code"], error["reason"]) == ("INPUT_UNUSABLE", reason)
    assert error["message"].startswith("提供的图片")
    assert (provider.jobs, stored_lines(caller.user_id)) == ([], [])


def test_an_upload_that_went_before_its_turn_fails_the_task(client, caller, provider):
    task = made(caller, post_form(client, [picture()]))
    (key,) = object_keys(f"incoming/{caller.user_id}/")
    boto3.client("s3").delete_object(Bucket=BUCKET, Key=key)
    assert run_workflow(task).error_reason == "not_uploaded"
    assert provider.jobs == []


def test_a_template_says_how_and_words_add_to_it(client, caller, provider, results):
    (first, *_) = client.get("/api/v1/photo-templates").data["items"]
    answer = post_photo(client, template_id=first["id"], prompt="背景换成海边")
    run_workflow(made(caller, answer))
    (job,) = provider.jobs
    assert job.prompt == f"{first['prompt']}。背景换成海边"
    assert f"{job.width}x{job.height}" == first["size"]


def test_templates_have_chinese_and_english_names(client):
    found = client.get("/api/v1/photo-templates", page_size=100).data
    assert found["total"] == len(found["items"]) >= 10
    for template in found["items"]:
        assert template["name"] == template["names"]["zh"] != template["names"]["en"]
        assert template["size"] == template["sizes"][0]
    english = Client(handler, client.credential, {"accept-language": "en"})
    listed = english.get("/api/v1/photo-templates", page=2, page_size=5).data
    assert [each["name"] for each in listed["items"]] == [
        each["names"]["en"] for each in found["items"][5:10]
    ]


@pytest.mark.parametrize("template", all_photo_templates(), ids=lambda each: each.id)
def test_every_size_of_a_template_can_be_asked_for(client, template):
    for size in template.sizes:
        answer = post_photo(client, template_id=template.id, prompt=None, size=size)
        assert answer.status == 201, answer.text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"images": []}, "images"),
        ({"images": [LINK] * 7}, "images"),
        ({"images": ["http://a.example/x"]}, "images.0"),
        ({"images": [LINK, "https://127.0.0.1/x"]}, "images.1"),
        ({"images": ["https://[::1]/x"]}, "images.0"),
        ({"images": ["nonsense"]}, "images.0"),
        ({"images": [3]}, "images.0"),
        ({"images": [ids.new_id("img")]}, "images.0"),
        ({"images": LINK}, "images"),
        ({"prompt": None}, "prompt"),
        ({"prompt": " "}, "prompt"),
        ({"prompt": "x" * 2001}, "prompt"),
        ({"template_id": "no such"}, "template_id"),
        ({"size": "100x100"}, "size"),
        ({"size": "big"}, "size"),
        ({"n": 5}, "n"),
        ({"n": "2"}, "n"),
        ({"model": "doubao-seedream-3.0-t2i"}, "model"),
        ({"model": "doubao-seedance-1.0-pro"}, "model"),
        ({"model": "no such"}, "model"),
        ({"model": "jimeng-i2i-3.0", "images": [LINK] * 2}, "images"),
        ({"webhook_url": "http://a.example"}, "webhook_url"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_field_is_named(client, fields, field):
    answer = post_photo(client, **fields)
    assert answer.status == 400, answer.text
    assert answer.error["details"]["field"] == field


@pytest.mark.parametrize(
    ("images", "fields", "field"),
    [
        ([b"<svg/>"], {}, "images.0"),
        ([LINK, b""], {}, "images.1"),
        ([LINK, picture(), b"%PDF-1.7"], {}, "images.2"),
        ([picture(63, 400)], {}, "images.0"),
        ([], {}, "images"),
        ([picture()] * 7, {}, "images"),
        ([picture()], {"n": "two"}, "n"),
        ([picture()], {"file": "x"}, "file"),
    ],
)
def test_a_bad_part_of_a_form_is_named(client, images, fields, field):
    answer = post_form(client, images, **fields)
    assert answer.status == 400, answer.text
    assert answer.error["details"]["field"] == field


def test_a_name_says_nothing_of_a_file(client, caller):
    """`0.bin` of type application/octet-stream is a picture when its bytes are one."""
    assert post_form(client, [picture(form="WEBP")]).status == 201


def test_files_of_more_than_the_limit_are_too_large(client):
    big = picture() + bytes(2_500_000)
    answer = post_form(client, [big, big])
    assert (answer.status, answer.error["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_another_kind_of_body_is_refused(client, media_type):
    answer = client.call("POST", PHOTOS, raw=b"images=x", headers={"content-type": media_type})
    assert (answer.status, answer.error["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"\\ud800"', b"\xff"])
def test_a_body_that_cannot_be_read_is_refused(client, body):
    answer = client.call("POST", PHOTOS, raw=body, headers={"content-type": "application/json"})
    assert (answer.status, answer.error["details"]["field"]) == (400, "body")


def test_a_broken_form_is_refused(client):
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = client.call("POST", PHOTOS, raw=b"--x\r\nnonsense", headers=headers)
    assert answer.status == 400


def test_one_key_is_one_photo_whatever_the_boundary(client, caller):
    headers = {"idempotency-key": "k1"}
    first, second = (post_form(client, [picture()], headers=headers) for _ in range(2))
    assert first.data["task_id"] == second.data["task_id"]
    assert second.headers["idempotent-replay"] == "true"
    assert len(object_keys(f"incoming/{caller.user_id}/")) == 1
    assert post_form(client, [picture(301)], headers=headers).status == 409


def test_the_one_door_takes_photos_too(client, caller, provider, results):
    body = {"type": "photo", "input": {"images": [LINK], "template_id": "hanfu"}}
    task = run_workflow(made(caller, client.post("/api/v1/ai/tasks", body)))
    assert (task.type, task.status) == ("photo", "completed")
    body["input"]["images"] = ["ftp://x"]
    refused = client.post("/api/v1/ai/tasks", body).error
    assert refused["details"]["field"] == "input.images.0"


def test_a_presigned_upload_is_limited_to_its_type_and_size(client, caller):
    upload = upload_of(client, file_type="png", file_size=5_000_000)
    assert ids.is_id("img", upload["id"])
    assert upload["upload"]["fields"]["Content-Type"] == "image/png"
    assert upload["fields"]["key"] == f"incoming/{caller.user_id}/{upload['id']}"
    for bad in ({"file_type": "gif"}, {"file_size": 0}, {"file_size": 10 * 1024 * 1024 + 1}):
        body = {"file_type": "png", "file_size": 1, **bad}
        answer = client.post(f"{PHOTOS}/uploads", body)
        assert (answer.status, answer.error["details"]["field"]) == (400, next(iter(bad)))


def test_the_upload_of_somebody_else_is_not_there(client, caller):
    upload = upload_of(Client(handler, caller.other_user))
    key = f"incoming/{caller.other_user_id}/{upload['id']}"
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=picture())
    answer = post_photo(client, images=[upload["id"]])
    assert answer.error["details"]["field"] == "images.0"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", picture() + bytes(10 * 1024 * 1024)])
def test_an_upload_of_no_use_is_refused_by_its_field(client, caller, content):
    upload = upload_of(client)
    key = f"incoming/{caller.user_id}/{upload['id']}"
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)
    answer = post_photo(client, images=[LINK, upload["id"]])
    assert (answer.status, answer.error["details"]["field"]) == (400, "images.1")


def test_a_video_starts_from_a_photo_and_keeps_its_picture(client, caller, provider, results):
    photo = run_workflow(made(caller, post_form(client, [picture()])))
    results.content = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"
    body = {"photo_task_id": photo.id, "prompt": "镜头推近"}
    video = made(caller, client.post("/api/v1/videos", body))
    provider.jobs.clear()
    done = run_workflow(video)
    cover = client.get(f"/api/v1/videos/{done.id}").data["result"]["cover_url"]
    assert f"/{done.id}/input/0.png?" in cover
    assert f"/{done.id}/input/0.png?" in provider.jobs[0].image_url


def test_the_account_takes_pictures_and_photos_with_it(client, caller, provider, results):
    run_workflow(made(caller, post_form(client, [picture()])))
    upload_of(client)
    assert len(object_keys(f"results/{caller.user_id}/")) == 2
    assert object_keys(f"incoming/{caller.user_id}/")
    while not delete_some(caller.user_id):
        pass
    assert object_keys() == []
