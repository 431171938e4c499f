"""The queues of jobs among the others: how they stand, and emptying one."""

from datetime import timedelta

import pytest

from functions.tasks.handler import handler as tasks
from shared.core import clock
from shared.data.tasks import Task
from shared.tasks import jobs
from tests.integration.queues.test_callers import QUEUES
from tests.integration.queues.test_status import counts
from tests.support.http import Client
from tests.support.jobs import deliver_promises, new_job, run, run_job, started_jobs
from tests.support.tasks import stored

NAME = "learning_processing"


@pytest.fixture(autouse=True)
def two_slots(aws: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "SLOTS_OF_A_QUEUE", 2)
    with started_jobs(monkeypatch):
        yield


@pytest.fixture
def client(caller) -> Client:
    return Client(tasks, caller.user)


def batch(client: Client, caller, **more: object) -> Task:
    return new_job(client, caller.user_id, "question-batches", type="cloze", count=1, **more)


def test_jobs_go_from_pending_over_active_to_completed_and_failed(admin, client, caller):
    first, second, _ = (batch(client, caller) for _ in range(3))
    assert counts(admin, NAME) == {"pending": 3}
    deliver_promises()
    assert counts(admin, NAME) == {"pending": 1, "active": 2}
    run_job(first)
    run("finish", second, error="KeyError")
    deliver_promises()
    assert counts(admin, NAME) == {"active": 1, "completed": 1, "processed": 2, "failed": 1}

    assert client.post(f"/api/v1/tasks/{second.id}/retry").status == 200
    assert counts(admin, NAME)["retry"] == 1
    deliver_promises()
    assert (counts(admin, NAME)["active"], counts(admin, NAME)["retry"]) == (2, 1)
    (shown,) = [each for each in admin.get(QUEUES).data["items"] if each["name"] == NAME]
    assert shown["processed_by_date"][-1] == {"date": str(clock.now().date()), "count": 2}
    assert shown["failed_by_date"][-1]["count"] == 1


def test_the_age_is_of_the_oldest_whatever_its_priority(admin, client, caller):
    old = (clock.now() - timedelta(seconds=90)).timestamp()
    with clock.travelling(lambda: old):
        batch(client, caller, priority=0)
    batch(client, caller, priority=9)
    (shown,) = [each for each in admin.get(QUEUES).data["items"] if each["name"] == NAME]
    assert 90 <= shown["oldest_age_s"] < 120


def test_emptying_cancels_what_waits_and_leaves_what_runs(admin, client, caller):
    running = [batch(client, caller) for _ in range(2)]
    deliver_promises()
    waiting = [batch(client, caller) for _ in range(3)]
    path = f"{QUEUES}/{NAME}"
    assert admin.delete(path).error["details"]["field"] == "confirm"
    assert admin.delete(path, confirm=NAME, state="archived").data["purged"] == 0
    assert admin.delete(path, confirm=NAME).data == {"name": NAME, "purged": 3}
    assert {stored(caller.user_id, task.id).status for task in waiting} == {"cancelled"}
    assert run_job(running[0]).status == "completed"
    deliver_promises()
    assert "pending" not in counts(admin, NAME)


def test_there_are_no_dead_letters_to_see_or_to_move(admin):
    assert admin.get(f"{QUEUES}/{NAME}/messages", state="archived").data["items"] == []
    refused = admin.post(f"{QUEUES}/{NAME}/redrive")
    assert (refused.status, refused.error["code"]) == (409, "CONFLICT")
