"""Image tasks from the request to the picture in our bucket (contract images.md)."""

import urllib.request

import pytest

from functions.tasks.handler import handler
from shared.ai.errors import CircuitOpen, KeyExhausted, ProviderRejected, ProviderTimeout
from shared.core import ids
from shared.data.ledger import find_reservation
from shared.media.port import JobState
from tests.support.documents import object_keys
from tests.support.http import Client
from tests.support.ledger import counters, month, stored_lines
from tests.support.tasks import (
    PRICE_MICRO,
    TASKS,
    later,
    new_task,
    post_image,
    run,
    run_workflow,
    started,
    stored,
)

RESULT = "/api/v1/ai/image/result"


def test_a_new_task_answers_at_once_and_is_promised_to_the_workflow(client, caller):
    answer = post_image(client)
    assert answer.status == 201
    task_id = answer.data["task_id"]
    assert ids.is_id("task", task_id)
    assert answer.data["status"] == "pending"
    assert answer.data["message"] == "任务已创建，正在处理中"
    body = {"task_id": task_id, "owner_id": caller.user_id, "attempt": 1}
    assert started(caller.user_id) == [body]
    pending = client.get(f"{RESULT}/{task_id}").data
    assert pending == {
        "task_id": task_id, "status": "pending", "message": "任务已创建，正在处理中"
    }  # fmt: skip


def test_a_completed_task_has_its_pictures_in_our_bucket(client, caller, provider, results):
    provider.state = JobState("done", results.links(2), seed=7)
    task = run_workflow(new_task(caller.user, caller.user_id, n=2, size="512x768"))
    assert task.status == "completed"
    job = provider.jobs[0]
    assert (job.prompt, job.width, job.height, job.n) == ("一只戴帽子的猫", 512, 768, 2)
    answer = client.get(f"{RESULT}/{task.id}").data
    assert answer["status"] == "completed"
    result = answer["result"]
    assert (result["width"], result["height"], result["seed"]) == (4, 3, 7)
    assert len(result["image_urls"]) == 2
    assert result["image_url"] == result["image_urls"][0]
    assert len(object_keys(f"results/{caller.user_id}/{task.id}/")) == 2
    assert "X-Amz-Expires=900" in result["image_url"]
    assert results.url not in answer["result"]["image_url"]
    assert urllib.request.urlparse(result["image_url"]).query


def test_the_whole_task_tells_its_story(client, caller, results):
    task = run_workflow(new_task(caller.user, caller.user_id))
    body = client.get(f"{TASKS}/{task.id}").data
    assert (body["type"], body["status"], body["progress"]) == ("image", "completed", 100)
    assert (body["attempts"], body["provider"]) == (1, "volcengine")
    assert body["provider_task_id"] == "job-1"
    assert body["input"]["prompt"] == "一只戴帽子的猫"
    assert [entry["status"] for entry in body["history"]] == ["pending", "processing", "completed"]
    assert body["created_at"] <= body["started_at"] <= body["finished_at"]
    assert body["error"] is None


def test_money_is_held_then_charged_once(caller, provider, results):
    task = new_task(caller.user, caller.user_id, n=3)
    assert find_reservation(task.call_id).amount_micro == 3 * PRICE_MICRO
    provider.state = JobState("done", results.links(2), error_code="content_filtered")
    run_workflow(task)
    run("collect", task)
    (line,) = stored_lines(caller.user_id)
    assert (line["feature"], line["cost_micro"]) == ("image", 2 * PRICE_MICRO)
    assert counters(caller.user_id)["feature#image"]["requests"] == 1
    assert find_reservation(task.call_id) is None
    assert month(caller.user_id)["available"] == -2 * PRICE_MICRO


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (JobState("failed", error_code="content_filtered"), "content_filtered"),
        (JobState("done"), "no_result"),
    ],
)
def test_a_job_that_fails_ends_the_task_and_costs_nothing(client, caller, provider, state, reason):
    provider.state = state
    task = run_workflow(new_task(caller.user, caller.user_id))
    answer = client.get(f"{RESULT}/{task.id}").data
    assert answer["status"] == "failed"
    assert answer["error"]["code"] == "UPSTREAM_ERROR"
    assert answer["error"]["message"]
    assert task.error_reason == reason
    assert find_reservation(task.call_id) is None
    assert stored_lines(caller.user_id) == []


def raising(error):
    def act():
        raise error

    return act


def test_a_refused_submit_ends_the_task(caller, provider):
    provider.on_submit = raising(ProviderRejected("volcengine", reason="content_filtered"))
    task = run_workflow(new_task(caller.user, caller.user_id))
    assert (task.status, task.attempt_state) == ("failed", "ended")
    assert task.error_reason == "content_filtered"


def test_a_submit_that_got_no_answer_is_not_repeated(caller, provider):
    provider.on_submit = raising(ProviderTimeout("volcengine"))
    task = new_task(caller.user, caller.user_id)
    assert run("submit", task) == "ended"
    assert run("submit", task) == "ended"
    ended = stored(caller.user_id, task.id)
    assert (ended.status, ended.attempt_state) == ("failed", "unknown")
    assert len(provider.jobs) == 1
    assert find_reservation(task.call_id) is None


@pytest.mark.parametrize(
    "error",
    [
        ProviderTimeout("volcengine"),
        CircuitOpen("volcengine", retry_after_s=3),
        KeyExhausted("volcengine"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_question_that_fails_is_asked_again(caller, provider, results, error):
    task = new_task(caller.user, caller.user_id)
    run("submit", task)
    provider.on_poll = raising(error)
    assert run("poll", task, wait_s=3) == "running"
    provider.on_poll = lambda: None
    assert run("poll", task, wait_s=3) == "done"


def test_a_provider_that_never_finishes_ends_in_a_timeout(client, caller):
    task = new_task(caller.user, caller.user_id)
    run("submit", task)
    assert run("poll", task, wait_s=3) == "running"
    with later(601):
        assert run("poll", task, wait_s=15) == "ended"
    answer = client.get(f"{RESULT}/{task.id}").data
    assert answer["error"]["code"] == "TIMEOUT"
    assert find_reservation(task.call_id) is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": "字" * 2001}, "prompt"),
        ({"size": "255x1024"}, "size"),
        ({"size": "1024"}, "size"),
        ({"size": "1024x2049"}, "size"),
        ({"size": "１０２４x1024"}, "size"),
        ({"n": 0}, "n"),
        ({"n": 5}, "n"),
        ({"n": "2"}, "n"),
        ({"quality": "ultra"}, "quality"),
        ({"seed": -1}, "seed"),
        ({"model": "gpt-4o"}, "model"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_field_is_named(client, caller, fields, field):
    answer = post_image(client, **fields)
    assert answer.status == 400
    assert answer.error["details"]["field"] == field
    assert started(caller.user_id) == []


def test_the_one_door_takes_the_same_input_and_names_its_fields(client, caller):
    door = "/api/v1/ai/tasks"
    made = client.post(door, {"type": "image", "input": {"prompt": "山"}})
    assert made.status == 201
    assert stored(caller.user_id, made.data["task_id"]).input["size"] == "1024x1024"
    bad = client.post(door, {"type": "image", "input": {"prompt": "山", "n": 9}})
    assert bad.error["details"]["field"] == "input.n"
    assert client.post(door, {"type": "poem", "input": {}}).status == 400
    other = client.post(door, {"type": "image", "input": {}, "user_id": caller.other_user_id})
    assert other.status == 403


def test_an_admin_makes_a_task_for_a_user_that_exists(caller):
    admin = Client(handler, caller.admin)
    answer = post_image(admin, user_id=ids.new_id("user"))
    assert answer.error["details"]["field"] == "user_id"
