"""Workers that die, messages that come twice, ends that race: nothing is lost or doubled."""

import asyncio
from functools import partial

import pytest

from functions.media_worker import service
from functions.media_worker.errors import LeaseHeld
from functions.tasks.handler import handler
from shared.aws.workflows import UnknownStep
from shared.core import clock
from shared.data.ledger import find_reservation
from shared.data.ledger_lines import Line
from shared.media.port import JobState
from shared.tasks.changes import cancel_task, complete_task
from shared.tasks.port import CannotCollect
from shared.tasks.types.image import ImageTasks
from tests.support.at_once import at_once
from tests.support.faults import Killed, around_call, kill
from tests.support.http import Client
from tests.support.ledger import month, stored_lines
from tests.support.tasks import (
    PRICE_MICRO,
    TASKS,
    later,
    new_task,
    post_image,
    run,
    run_workflow,
    set_limit,
    started,
    stored,
)


@pytest.fixture
def task(caller):
    return new_task(caller.user, caller.user_id)


def line(cost_micro: int = PRICE_MICRO) -> Line:
    now = clock.now()
    return Line("image", "volcengine", "m", 0, 0, cost_micro, "2026-11-21", now, now)


def test_a_step_delivered_twice_makes_one_job(task, provider, results):
    for step in ("submit", "submit", "poll", "poll", "collect", "collect", "submit"):
        run(step, task)
    assert len(provider.jobs) == 1
    ended = stored(task.owner_id, task.id)
    assert ended.status == "completed"
    assert len(stored_lines(task.owner_id)) == 1


def test_a_worker_killed_before_its_lease_has_done_nothing(monkeypatch, task, provider, results):
    with around_call(monkeypatch, 1, before=kill), pytest.raises(Killed):
        run("submit", task)
    assert provider.jobs == []
    assert run_workflow(task).status == "completed"
    assert len(provider.jobs) == 1


def test_a_worker_killed_after_submit_ends_unknown_and_is_never_submitted_again(task, provider):
    provider.on_submit = kill
    with pytest.raises(Killed):
        run("submit", task)
    with pytest.raises(LeaseHeld):
        run("submit", task)
    with later(131):
        assert run("submit", task) == "ended"
        assert run("submit", task) == "ended"
    ended = stored(task.owner_id, task.id)
    assert (ended.status, ended.attempt_state) == ("failed", "unknown")
    assert ended.error_code == "ATTEMPT_UNKNOWN"
    assert len(provider.jobs) == 1
    assert find_reservation(task.call_id) is None
    assert stored_lines(task.owner_id) == []


def test_a_store_that_dies_right_after_submit_leaves_the_attempt_unknown(
    monkeypatch, task, provider
):
    with around_call(monkeypatch, 2, before=kill), pytest.raises(Killed):
        run("submit", task)
    assert len(provider.jobs) == 1
    assert run("finish", task, error="LeaseHeld") == "ended"
    assert stored(task.owner_id, task.id).attempt_state == "unknown"


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_worker_killed_during_collect_is_repeated(
    monkeypatch, task, provider, results, number, fault
):
    run("submit", task)
    assert run("poll", task) == "done"
    with around_call(monkeypatch, number, **{fault: kill}) as made:
        try:
            run("collect", task)
        except Killed:
            assert len(made) == number + 1
    run("collect", task)
    assert stored(task.owner_id, task.id).status == "completed"
    assert len(stored_lines(task.owner_id)) == 1


def test_a_dead_link_at_collect_is_asked_for_again_then_given_up(task, provider, results):
    run("submit", task)
    assert run("poll", task) == "done"
    results.dead.add(0)
    with pytest.raises(CannotCollect):
        run("collect", task)
    provider.state = JobState("done", (f"{results.url}/1",))
    run("collect", task)
    assert stored(task.owner_id, task.id).status == "completed"


def test_a_result_that_stays_unreadable_ends_the_task(task, provider, results):
    results.content = b"<html>expired</html>"
    run("submit", task)
    with pytest.raises(CannotCollect):
        run("collect", task)
    assert run("finish", task, error="CannotCollect") == "ended"
    assert stored(task.owner_id, task.id).error_code == "RESULT_UNAVAILABLE"
    assert find_reservation(task.call_id) is None


def test_a_result_that_comes_too_slowly_is_tried_again(monkeypatch, task, provider, results):
    run("submit", task)
    with monkeypatch.context() as hurried:
        hurried.setattr(service, "COLLECT_SECONDS", 0.0)
        with pytest.raises(CannotCollect):
            run("collect", task)
    run("collect", task)
    assert stored(task.owner_id, task.id).status == "completed"


def test_preparing_that_takes_too_long_is_repeated_before_anything_is_submitted(
    monkeypatch, task, provider
):
    async def endless(*_: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as hurried:
        hurried.setattr(service, "PREPARE_SECONDS", 0.01)
        hurried.setattr(ImageTasks, "prepare", endless)
        with pytest.raises(TimeoutError):
            run("submit", task)
    assert provider.jobs == []
    assert stored(task.owner_id, task.id).attempt_state == "waiting"
    assert run("submit", task) == "running"


def test_a_fault_of_ours_ends_the_task(task, provider):
    assert run("finish", task, error="KeyError") == "ended"
    ended = stored(task.owner_id, task.id)
    assert (ended.status, ended.error_code) == ("failed", "INTERNAL_ERROR")


def test_each_invocation_logs_under_its_own_request(task, provider, caplog):
    run("submit", task, request_id="request-1")
    run("poll", task, request_id="request-2")
    steps = [record for record in caplog.records if record.message == "task step"]
    seen = {record.step: record.request_id for record in steps}
    assert seen == {"submit": "request-1", "poll": "request-2"}


def test_an_unknown_step_is_a_fault_of_the_deployment(task):
    with pytest.raises(UnknownStep):
        run("dance", task)


def test_of_a_cancel_and_a_completion_at_once_one_wins_and_money_follows(task, provider):
    run("submit", task)
    running = stored(task.owner_id, task.id)
    outcomes = at_once(
        [
            partial(cancel_task, running),
            partial(complete_task, running, {}, line()),
            partial(cancel_task, running),
            partial(complete_task, running, {}, line()),
        ]
    )
    (winner,) = [outcome for outcome in outcomes if outcome is not None]
    ended = stored(task.owner_id, task.id)
    assert ended.status == winner.status
    charged = PRICE_MICRO if ended.status == "completed" else 0
    assert sum(int(each["cost_micro"]) for each in stored_lines(task.owner_id)) == charged
    assert month(task.owner_id)["available"] == -charged
    assert [entry["status"] for entry in ended.history].count(ended.status) == 1


@pytest.mark.parametrize("step", ["submit", "poll", "collect"])
def test_a_cancelled_task_is_left_alone_by_every_step(task, provider, results, step):
    client = Client(handler, None)
    assert client.post(f"{TASKS}/{task.id}/cancel").status == 401
    cancel_task(task)
    assert run(step, task) == "ended"
    assert provider.jobs == []
    assert stored(task.owner_id, task.id).status == "cancelled"


def test_a_task_cancelled_while_it_is_submitted_keeps_its_end(task, provider):
    provider.on_submit = lambda: cancel_task(stored(task.owner_id, task.id))
    assert run("submit", task) == "ended"
    assert stored(task.owner_id, task.id).status == "cancelled"
    assert find_reservation(task.call_id) is None


def test_fifty_creates_at_once_with_one_key_make_one_task(client, caller):
    headers = {"idempotency-key": "create-1"}
    calls = [partial(post_image, client, headers=headers)] * 50
    answers = at_once(calls)
    assert {answer.status for answer in answers} <= {201, 409}
    made = {answer.data["task_id"] for answer in answers if answer.status == 201}
    assert len(made) == 1
    again = post_image(client, headers=headers)
    assert again.data["task_id"] in made
    assert again.headers["idempotent-replay"] == "true"
    assert client.get(f"{TASKS}/user/{caller.user_id}").data["total"] == 1
    assert month(caller.user_id)["available"] == -PRICE_MICRO


def test_parallel_creates_never_pass_the_budget(client, caller):
    set_limit(caller.user_id, 3)
    answers = at_once([partial(post_image, client)] * 10)
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [201] * 3 + [429] * 7
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.error["details"]["reason"] == "budget"
    assert len(started(caller.user_id)) == 3
    assert month(caller.user_id)["available"] == 0
