"""Jobs take turns: the highest priority first, never more at once than there are slots."""

from datetime import timedelta

import pytest

from shared.core import clock
from shared.data.tasks import Task
from shared.tasks import jobs
from shared.tasks.sweep import end_overdue_tasks
from tests.support.at_once import at_once
from tests.support.http import Client
from tests.support.jobs import deliver_promises, new_job, run, run_job
from tests.support.tasks import later, stored


def batch(client: Client, caller, **more: object) -> Task:
    return new_job(client, caller.user_id, "question-batches", type="cloze", count=1, **more)


@pytest.fixture
def two_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SLOTS_OF_A_QUEUE", 2)


def name(task: Task) -> str:
    return f"{task.id}-{task.attempt}"


def test_higher_priorities_are_taken_first_and_older_ones_before_younger(
    client, caller, started, two_slots
) -> None:
    first = [batch(client, caller) for _ in range(2)]
    deliver_promises()
    assert sorted(started.names) == sorted(map(name, first))
    low, normal, high, later_high = (
        batch(client, caller, priority=priority) for priority in (0, 5, 9, 9)
    )
    deliver_promises()
    assert len(started.names) == 2
    for task in (*first, high, later_high):
        run_job(task)
        deliver_promises()
    assert started.names[2:] == [name(task) for task in (high, later_high, normal, low)]


def test_a_failed_and_a_cancelled_job_free_their_slots(client, caller, started, two_slots) -> None:
    failing, cancelled, third, fourth = (batch(client, caller) for _ in range(4))
    deliver_promises()
    run("finish", failing, error="KeyError")
    assert client.post(f"/api/v1/tasks/{cancelled.id}/cancel").status == 200
    deliver_promises()
    assert set(started.names[2:]) == {name(third), name(fourth)}


def test_a_job_that_was_cancelled_while_it_waited_is_passed_over(
    client, caller, started, two_slots
) -> None:
    running = [batch(client, caller) for _ in range(2)]
    deliver_promises()
    waiting, following = batch(client, caller, priority=9), batch(client, caller)
    client.post(f"/api/v1/tasks/{waiting.id}/cancel")
    run_job(running[0])
    deliver_promises()
    assert started.names[2:] == [name(following)]


def test_many_dispatchers_at_once_never_fill_more_slots_than_there_are(
    client, caller, started, monkeypatch
) -> None:
    monkeypatch.setattr(jobs, "SLOTS_OF_A_QUEUE", 3)
    for _ in range(10):
        batch(client, caller)
    taken = at_once([lambda: jobs.start_jobs("learning_processing") for _ in range(6)])
    assert sum(taken) == 3
    deliver_promises()
    assert len(started.names) == 3


def test_an_end_told_twice_frees_one_slot(client, caller, started, two_slots) -> None:
    first, _, _, _ = (batch(client, caller) for _ in range(4))
    deliver_promises()
    run_job(first)
    deliver_promises()
    for _ in range(2):
        jobs.end_job("learning_processing", first.id, 1, failed=False)
        jobs.start_jobs("learning_processing")
    deliver_promises()
    assert len(started.names) == 3


def test_the_thirty_minutes_begin_with_the_work(client, caller, started) -> None:
    task = batch(client, caller)
    with later(3600):
        assert end_overdue_tasks(clock.now()) == 0
        run("plan", task)
        assert stored(caller.user_id, task.id).status == "processing"
    with later(3600 + 29 * 60):
        assert end_overdue_tasks(clock.now()) == 0
    with later(3600 + 31 * 60):
        assert end_overdue_tasks(clock.now()) == 1
    ended = stored(caller.user_id, task.id)
    assert (ended.status, ended.error_code) == ("failed", "TIMEOUT")


def test_a_failed_job_is_retried_in_its_turn(client, caller, started) -> None:
    task = batch(client, caller)
    deliver_promises()
    run("finish", task, error="KeyError")
    assert client.post(f"/api/v1/tasks/{task.id}/retry").status == 200
    deliver_promises()
    assert started.names == [f"{task.id}-1", f"{task.id}-2"]
    assert run_job(stored(caller.user_id, task.id)).status == "completed"


def test_the_health_check_mends_slots_and_tells_of_a_backlog(
    client, caller, started, two_slots
) -> None:
    for _ in range(3):
        batch(client, caller)
    deliver_promises()
    assert jobs.check_queues(clock.now()) == 0
    with pytest.raises(jobs.QueuesUnhealthy, match="learning_processing: backlog"):
        jobs.check_queues(clock.now() + timedelta(minutes=16))
    with pytest.raises(jobs.QueuesUnhealthy):
        jobs.check_queues(clock.now() + timedelta(minutes=36))
    deliver_promises()
    assert len(started.names) == 3
    assert jobs.check_queues(clock.now()) == 0


def test_the_health_check_tells_when_most_jobs_fail(client, caller, started) -> None:
    good = [batch(client, caller) for _ in range(4)]
    bad = [batch(client, caller) for _ in range(5)]
    deliver_promises()
    for task in good:
        run_job(task)
    deliver_promises()
    assert jobs.check_queues(clock.now()) == 0
    for task in bad:
        run("finish", task, error="KeyError")
    deliver_promises()
    with pytest.raises(jobs.QueuesUnhealthy, match="failures"):
        jobs.check_queues(clock.now())
    with later(11 * 60):
        with pytest.raises(jobs.QueuesUnhealthy):
            jobs.check_queues(clock.now())
        assert jobs.check_queues(clock.now()) == 0
