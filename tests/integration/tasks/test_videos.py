"""Videos from a picture (contract photos-payments.md)."""

import pytest

from functions.tasks.handler import handler
from shared.media.port import JobState
from shared.net.addresses import UnsafeAddress
from shared.tasks.results import delete_files
from shared.tasks.sweep import remove_task
from tests.support.documents import object_keys
from tests.support.http import Client
from tests.support.ledger import stored_lines
from tests.support.photos import LINK, VIDEOS
from tests.support.pictures import picture
from tests.support.tasks import new_task, run_workflow, stored

PICTURE = LINK
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"


def post_video(client, **fields):
    return client.post(VIDEOS, {"prompt": "猫在跑", **fields})


def made(client, caller, **fields):
    answer = post_video(client, **fields)
    assert answer.status == 201, answer.text
    return stored(caller.user_id, answer.data["task_id"])


def test_a_video_of_a_link_is_copied_and_charged_by_the_second(client, caller, provider, results):
    results.content = MP4
    task = run_workflow(made(client, caller, image_url=PICTURE, duration=10, ratio="9:16"))
    job = provider.jobs[0]
    assert (job.image_url, job.duration, job.ratio) == (PICTURE, 10, "9:16")
    answer = client.get(f"{VIDEOS}/{task.id}").data
    assert answer["status"] == "completed"
    assert answer["result"]["duration"] == 10
    assert answer["result"]["cover_url"] == PICTURE
    assert ".mp4?" in answer["result"]["video_url"]
    (line,) = stored_lines(caller.user_id)
    assert (line["feature"], line["cost_micro"]) == ("video", 3_267_000)


def test_a_video_of_a_picture_task_keeps_its_own_cover(client, caller, provider, results):
    picture = run_workflow(new_task(caller.user, caller.user_id))
    provider.jobs.clear()
    results.content = MP4
    task = run_workflow(made(client, caller, photo_task_id=picture.id))
    assert f"/{task.id}/input/0.png?" in provider.jobs[0].image_url
    assert task.status == "completed"
    prefix = f"results/{caller.user_id}/{task.id}/"
    assert object_keys(prefix) == [f"{prefix}1/0.mp4", f"{prefix}input/0.png"]


def test_a_link_that_can_be_read_is_kept_as_the_cover(client, caller, provider, web, results):
    web.pages[PICTURE] = picture(500, 400)
    results.content = MP4
    task = run_workflow(made(client, caller, image_url=PICTURE))
    cover = client.get(f"{VIDEOS}/{task.id}").data["result"]["cover_url"]
    assert f"/{task.id}/input/0.jpg?" in cover
    assert f"/{task.id}/input/0.jpg?" in provider.jobs[0].image_url


def test_a_link_that_leads_inside_fails_the_video(client, caller, provider, web):
    web.pages[PICTURE] = UnsafeAddress("not_public")
    task = run_workflow(made(client, caller, image_url=PICTURE))
    assert (task.error_code, task.error_reason) == ("INPUT_UNUSABLE", "not_public")
    assert provider.jobs == []


@pytest.mark.parametrize("with_task", [True, False])
def test_a_picture_removed_before_its_video_began_fails_it(
    client, caller, provider, results, with_task
):
    source = run_workflow(new_task(caller.user, caller.user_id))
    task = made(client, caller, photo_task_id=source.id)
    delete_files(caller.user_id, source.id)
    if with_task:
        remove_task(source)
    assert run_workflow(task).error_reason == "picture_gone"


def test_a_failed_video_costs_nothing(client, caller, provider):
    provider.state = JobState("failed", error_code="content_filtered")
    task = run_workflow(made(client, caller, image_url=PICTURE))
    assert client.get(f"{VIDEOS}/{task.id}").data["error"]["code"] == "UPSTREAM_ERROR"
    assert stored_lines(caller.user_id) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"image_url": "http://a.example/x"}, "image_url"),
        ({"image_url": "https://127.0.0.1/x"}, "image_url"),
        ({"image_url": PICTURE, "duration": 7}, "duration"),
        ({"image_url": PICTURE, "ratio": "4:3"}, "ratio"),
        ({"image_url": PICTURE, "model": "doubao-seedream-3.0-t2i"}, "model"),
        ({"photo_task_id": "task_01JAAAAAAAAAAAAAAAAAAAAAAA"}, "photo_task_id"),
        ({}, "image_url"),
        ({"image_url": PICTURE, "photo_task_id": "task_x"}, "photo_task_id"),
    ],
)
def test_a_bad_field_is_named(client, fields, field):
    answer = post_video(client, **fields)
    assert answer.status == 400
    assert answer.error["details"]["field"] == field


def test_a_picture_of_somebody_else_or_of_no_completed_task_is_refused(caller, results):
    picture = run_workflow(new_task(caller.user, caller.user_id))
    other = post_video(Client(handler, caller.other_user), photo_task_id=picture.id)
    assert other.error["details"]["field"] == "photo_task_id"
    waiting = new_task(caller.user, caller.user_id)
    answer = post_video(Client(handler, caller.user), photo_task_id=waiting.id)
    assert answer.status == 400


def test_videos_and_pictures_are_not_each_other(client, caller):
    video = made(client, caller, image_url=PICTURE)
    assert client.get(f"/api/v1/ai/image/result/{video.id}").status == 404
    picture = new_task(caller.user, caller.user_id)
    assert client.get(f"{VIDEOS}/{picture.id}").status == 404


@pytest.mark.parametrize("credential", [None, "nonsense"])
def test_without_a_valid_credential_nothing_is_done(caller, credential):
    client = Client(handler, credential)
    assert post_video(client, image_url=PICTURE).status == 401
    assert client.get(f"{VIDEOS}/task_01JAAAAAAAAAAAAAAAAAAAAAAA").status == 401


def test_somebody_elses_video_does_not_exist(client, caller):
    video = made(client, caller, image_url=PICTURE)
    assert Client(handler, caller.other_user).get(f"{VIDEOS}/{video.id}").status == 404
    assert Client(handler, caller.admin).get(f"{VIDEOS}/{video.id}").status == 200
    assert Client(handler, caller.api_key).get(f"{VIDEOS}/{video.id}").status == 200
