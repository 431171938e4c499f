"""Photos whose process dies around any of its AWS calls: made once, paid once, nothing left."""

from contextlib import suppress

import httpx
import pytest

from shared.tasks.account import delete_some
from tests.support.documents import object_keys
from tests.support.faults import Killed, dying_at
from tests.support.ledger import month, stored_lines
from tests.support.photos import LINK, post_form, post_photo
from tests.support.pictures import picture
from tests.support.tasks import later, run, run_workflow, started, stored

PRICE_MICRO = 200_000
# The lock of a call with a key lasts as long as the function might.
LOCK_SECONDS = 902
# Task, list of what is there, two uploads read and two pictures written.
CALLS_OF_PREPARING = 6
MOST_CALLS = 9
KEY = {"idempotency-key": "create"}


def photo_of(client, caller, *images):
    answer = post_form(client, images, headers=KEY)
    assert answer.status == 201, answer.text
    return stored(caller.user_id, answer.data["task_id"])


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(CALLS_OF_PREPARING))
def test_a_worker_that_dies_while_it_prepares_begins_again(
    monkeypatch, client, caller, provider, results, number, after
):
    task = photo_of(client, caller, picture(), picture(200, 300))
    with dying_at(monkeypatch, number, after=after), suppress(Killed):
        run_workflow(task)
    assert provider.jobs == []
    assert run_workflow(task).status == "completed"
    assert len(provider.jobs) == 1
    kept = object_keys(f"results/{caller.user_id}/{task.id}/input/")
    assert [key.rpartition("/")[2] for key in kept] == ["0.jpg", "1.jpg"]
    assert [line["cost_micro"] for line in stored_lines(caller.user_id)] == [PRICE_MICRO]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(MOST_CALLS))
def test_a_form_that_is_repeated_after_its_process_died_is_one_photo(
    monkeypatch, client, caller, number, after
):
    with dying_at(monkeypatch, number, after=after) as made:
        post_form(client, [picture()], headers=KEY)  # the adapter answers 500 for a death
    assert made
    with later(LOCK_SECONDS):
        task = photo_of(client, caller, picture())
    assert [body["task_id"] for body in started(caller.user_id)] == [task.id]
    assert month(caller.user_id)["available"] == -PRICE_MICRO


def test_a_retry_takes_the_pictures_that_are_kept(client, caller, provider, web, results):
    web.pages[LINK] = picture()
    task = stored(caller.user_id, post_photo(client).data["task_id"])
    run("submit", task)
    run("finish", task, error="CannotCollect")
    again = client.post(f"/api/v1/tasks/{task.id}/retry").data
    assert again["attempts"] == 2
    del web.pages[LINK]
    provider.jobs.clear()
    done = run_workflow(stored(caller.user_id, task.id))
    assert (done.status, web.asked) == ("completed", [LINK])
    assert "/input/0.jpg?" in provider.jobs[0].images[0]


@pytest.mark.parametrize("failure", [httpx.ConnectError("reset"), TimeoutError()])
def test_a_link_that_fails_here_is_left_to_the_provider(
    client, caller, provider, web, results, failure
):
    web.pages[LINK] = failure
    task = stored(caller.user_id, post_photo(client).data["task_id"])
    assert run_workflow(task).status == "completed"
    assert provider.jobs[0].images == (LINK,)


def test_an_account_that_goes_while_its_photo_waits_leaves_nothing(client, caller, provider):
    task = photo_of(client, caller, picture())
    while not delete_some(caller.user_id):
        pass
    assert object_keys() == []
    assert month(caller.user_id)["available"] == 0
    assert run("submit", task) == "ended"
    assert provider.jobs == []
