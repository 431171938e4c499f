"""Cancel, retry, lists, the sweep, the dispatch: a task's life outside its workflow."""

import json
from pathlib import Path

import boto3
import pytest

from functions.dispatcher.handler import handler as dispatcher
from functions.housekeeping.handler import handler as housekeeping
from functions.housekeeping.service import ChoresFailed
from functions.tasks.handler import handler
from shared.ai.errors import ProviderRejected
from shared.core import ids
from shared.data.ledger import find_reservation
from shared.data.tasks import find_owner, find_task
from shared.media.port import JobState
from shared.tasks import sweep
from shared.tasks.account import delete_some
from shared.tasks.changes import cancel_task
from shared.tasks.results import result_prefix
from shared.tasks.settings import files
from tests.support.documents import object_keys
from tests.support.http import Client
from tests.support.ledger import stored_lines
from tests.support.streams import stream_event
from tests.support.tasks import (
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

EVERY_MINUTE = json.loads(Path("events/schedule/housekeeping.every_minute.json").read_text())
DEFINITION = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


@pytest.fixture
def task(caller):
    return new_task(caller.user, caller.user_id)


@pytest.fixture
def state_machine(aws, monkeypatch) -> str:
    arn: str = boto3.client("stepfunctions").create_state_machine(
        name="task", definition=json.dumps(DEFINITION), roleArn="arn:aws:iam::123456789012:role/t"
    )["stateMachineArn"]
    monkeypatch.setenv("TASK_STATE_MACHINE_ARN", arn)
    monkeypatch.setenv("WEBHOOK_STATE_MACHINE_ARN", arn)
    monkeypatch.setenv("LEARNING_JOB_STATE_MACHINE_ARN", arn)
    monkeypatch.setenv("ACCOUNT_DELETION_STATE_MACHINE_ARN", arn)
    return arn


def failed(task, provider):
    def refuse() -> None:
        raise ProviderRejected("volcengine", reason="content_filtered")

    provider.on_submit = refuse
    run("submit", task)
    provider.on_submit = lambda: None
    return stored(task.owner_id, task.id)


def test_a_task_is_cancelled_once_and_its_money_is_free(client, task):
    answer = client.post(f"{TASKS}/{task.id}/cancel")
    assert answer.status == 200
    assert answer.data["status"] == "cancelled"
    assert find_reservation(task.call_id) is None
    again = client.post(f"{TASKS}/{task.id}/cancel")
    assert again.status == 409
    assert again.error["details"]["status"] == "cancelled"


def test_a_completed_task_is_neither_cancelled_nor_retried(client, task, results):
    run_workflow(task)
    assert client.post(f"{TASKS}/{task.id}/cancel").status == 409
    assert client.post(f"{TASKS}/{task.id}/retry").status == 409


def test_a_failed_task_is_retried_as_a_second_attempt(client, task, provider, results):
    failed(task, provider)
    answer = client.post(f"{TASKS}/{task.id}/retry")
    assert answer.status == 200
    assert (answer.data["status"], answer.data["attempts"]) == ("pending", 2)
    assert answer.data["error"] is None
    again = stored(task.owner_id, task.id)
    assert again.call_id != task.call_id
    assert [body["attempt"] for body in started(task.owner_id)] == [1, 2]
    assert run("submit", task) == "ended"  # the first attempt, delivered once more
    ended = run_workflow(again)
    assert ended.status == "completed"
    assert len(stored_lines(task.owner_id)) == 1
    statuses = [entry["status"] for entry in ended.history]
    assert statuses == ["pending", "processing", "failed", "pending", "processing", "completed"]


def test_a_repeated_retry_is_one_retry(client, task, provider):
    failed(task, provider)
    path = f"{TASKS}/{task.id}/retry"
    answers = [client.post(path, idempotency_key="again") for _ in range(2)]
    assert [answer.data["attempts"] for answer in answers] == [2, 2]
    assert client.post(path).status == 409


def test_a_retry_needs_the_money_again(client, task, provider, caller):
    failed(task, provider)
    set_limit(caller.user_id, 0)
    answer = client.post(f"{TASKS}/{task.id}/retry")
    assert answer.status == 429
    assert stored(task.owner_id, task.id).status == "failed"


def test_lists_are_newest_first_with_totals_and_filters(client, caller, provider):
    tasks = [new_task(caller.user, caller.user_id) for _ in range(5)]
    cancel_task(tasks[0])
    failed(tasks[1], provider)
    path = f"{TASKS}/user/{caller.user_id}"
    everything = client.get(path, page_size=2).data
    assert [item["id"] for item in everything["items"]] == [tasks[4].id, tasks[3].id]
    assert (everything["total"], everything["total_pages"]) == (5, 3)
    pending = client.get(path, status="pending", type="image").data
    assert (pending["total"], len(pending["items"])) == (3, 3)
    assert client.get(path, status="failed").data["items"][0]["id"] == tasks[1].id
    assert client.get(path, page=9).data["items"] == []
    assert client.get(path, status="lost").status == 400
    assert client.get(path, type="poem").status == 400


def test_the_sweep_ends_what_died_and_frees_its_money(client, task, provider, state_machine):
    run("submit", task)
    with later(601):
        other = new_task(*_same_user(client, task))
        assert housekeeping(EVERY_MINUTE, None)["tasks_ended"] == 1
        assert housekeeping(EVERY_MINUTE, None)["tasks_ended"] == 0
    ended = stored(task.owner_id, task.id)
    assert (ended.status, ended.error_code) == ("failed", "TIMEOUT")
    assert find_reservation(task.call_id) is None
    assert stored(task.owner_id, other.id).status == "pending"


def test_a_task_that_cannot_be_ended_does_not_keep_the_others(
    monkeypatch, caller, task, provider, state_machine
):
    other = new_task(caller.user, caller.user_id)
    real = sweep.fail_task

    def fail(swept, *told):
        if swept.id == task.id:
            raise ConnectionError("table gone")
        return real(swept, *told)

    monkeypatch.setattr(sweep, "fail_task", fail)
    with later(601), pytest.raises(ChoresFailed, match="tasks_ended"):
        housekeeping(EVERY_MINUTE, None)
    assert stored(other.owner_id, other.id).error_code == "TIMEOUT"


def test_a_task_that_is_begun_after_its_deadline_is_not_submitted(task, provider):
    with later(601):
        assert run("submit", task) == "ended"
    assert provider.jobs == []
    assert stored(task.owner_id, task.id).error_code == "TIMEOUT"


def _same_user(client, task):
    return client.credential, task.owner_id


def test_a_worker_that_died_while_submitting_is_swept_as_unknown(task, provider, state_machine):
    provider.on_submit = lambda: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        run("submit", task)
    with later(601):
        housekeeping(EVERY_MINUTE, None)
    assert stored(task.owner_id, task.id).attempt_state == "unknown"


def test_results_are_removed_after_thirty_days(client, caller, task, results, state_machine):
    run_workflow(task)
    assert object_keys("results/")
    with later(29 * 86_400):
        assert housekeeping(EVERY_MINUTE, None)["tasks_removed"] == 0
    with later(30 * 86_400 + 60):
        assert housekeeping(EVERY_MINUTE, None)["tasks_removed"] == 1
    assert object_keys("results/") == []
    assert find_task(task.owner_id, task.id) is None
    assert find_owner(task.id) is None
    assert client.get(f"{TASKS}/user/{caller.user_id}").data["total"] == 0


def test_an_account_leaves_no_task_behind(caller, task, results):
    run_workflow(task)
    unfinished = new_task(caller.user, caller.user_id)
    files().put(f"{result_prefix(caller.user_id, ids.new_id('task'))}1/0.png", b"left behind")
    while not delete_some(caller.user_id):
        pass
    assert object_keys("results/") == []
    assert find_task(caller.user_id, unfinished.id) is None
    assert find_reservation(unfinished.call_id) is None


def test_a_promise_delivered_twice_starts_one_execution(task, state_machine):
    event = stream_event("TASKS_TABLE")
    assert dispatcher(event, None) == {"batchItemFailures": []}
    assert dispatcher(event, None) == {"batchItemFailures": []}
    found = boto3.client("stepfunctions").list_executions(stateMachineArn=state_machine)
    assert [each["name"] for each in found["executions"]] == [f"{task.id}-1"]


def test_an_admin_sees_and_cancels_tasks_of_others(caller, task):
    admin = Client(handler, caller.admin)
    assert admin.get(f"{TASKS}/user/{caller.user_id}").data["total"] == 1
    assert admin.get(f"{TASKS}/{task.id}").data["user_id"] == caller.user_id
    assert admin.post(f"{TASKS}/{task.id}/cancel").status == 200


def test_seeds_that_the_provider_does_not_tell_are_those_asked_for(caller, provider, results):
    provider.state = JobState("done", results.links())
    task = run_workflow(new_task(caller.user, caller.user_id, seed=42))
    assert task.result["seed"] == 42


def test_a_body_that_is_not_json_is_refused(client):
    assert post_image(client, prompt=5).status == 400
