"""Prepaid credits pay for photos and videos, and come back where there is no result."""

from typing import Any

import pytest

from functions.tasks.handler import handler
from shared.data.credits import CreditKind, add_credits, find_credits
from shared.data.transaction import Transaction
from shared.media.port import JobState
from tests.support.at_once import at_once
from tests.support.http import Client
from tests.support.ledger import stored_lines
from tests.support.photos import LINK, VIDEOS
from tests.support.tasks import run, run_workflow, set_limit, stored

MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"


def give(user_id: str, number: int, kind: CreditKind = "video") -> None:
    transaction = Transaction()
    add_credits(transaction, user_id, {kind: number})
    transaction.commit()


def post_video(client: Client) -> Any:
    return client.post(VIDEOS, {"prompt": "猫在跑", "image_url": LINK})


def left(user_id: str) -> int:
    return find_credits(user_id)["video"]


def test_a_video_takes_a_credit_and_no_money(client, caller, provider, results) -> None:
    give(caller.user_id, 2)
    set_limit(caller.user_id, 0)
    results.content = MP4
    answer = post_video(client)
    assert answer.status == 201, answer.text
    assert left(caller.user_id) == 1
    task = run_workflow(stored(caller.user_id, answer.data["task_id"]))
    assert task.status == "completed"
    (line,) = stored_lines(caller.user_id)
    assert (line["cost_micro"], line["price_version"]) == (0, "credits:video")
    assert left(caller.user_id) == 1


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_a_task_without_a_result_gives_its_credit_back(
    client, caller, provider, results, end: str
) -> None:
    give(caller.user_id, 1)
    task = stored(caller.user_id, post_video(client).data["task_id"])
    if end == "failed":
        provider.state = JobState("failed", error_code="job_lost", error_message="gone")
        run_workflow(task)
        run("finish", task, error="ProviderFailed")
    else:
        client.post(f"/api/v1/tasks/{task.id}/cancel")
    assert stored(caller.user_id, task.id).status == end
    assert left(caller.user_id) == 1


def test_a_retry_takes_the_credit_again(client, caller, provider, results) -> None:
    give(caller.user_id, 1)
    task = stored(caller.user_id, post_video(client).data["task_id"])
    run("finish", task, error="KeyError")
    assert left(caller.user_id) == 1
    assert client.post(f"/api/v1/tasks/{task.id}/retry").status == 200
    assert left(caller.user_id) == 0
    again = stored(caller.user_id, task.id)
    assert (again.credit, again.credits, again.price_micro) == ("video", 1, 0)


def test_without_credits_a_task_costs_money(client, caller, provider, results) -> None:
    task = stored(caller.user_id, post_video(client).data["task_id"])
    assert task.credits == 0
    assert task.price_micro > 0


def test_parallel_tasks_never_take_more_credits_than_there_are(
    client, caller, provider, results
) -> None:
    give(caller.user_id, 3)
    answers = at_once([lambda: post_video(Client(handler, caller.user)) for _ in range(8)])
    tasks = [stored(caller.user_id, answer.data["task_id"]) for answer in answers]
    assert sum(task.credits for task in tasks) == 3
    assert sum(task.price_micro > 0 for task in tasks) == 5
    assert left(caller.user_id) == 0


def test_pictures_from_words_take_no_credits_of_photos(client, caller, provider, results) -> None:
    give(caller.user_id, 3, "photo")
    client.post("/api/v1/ai/image/task", {"prompt": "一只猫"})
    assert find_credits(caller.user_id)["photo"] == 3
